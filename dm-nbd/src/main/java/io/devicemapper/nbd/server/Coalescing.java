package io.devicemapper.nbd.server;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Lets short requests gather before they are read, where that pays: the interrupt coalescing of network cards. A thread that takes each
 * request as soon as it comes pays the system calls for each of them, has the client pay for many small replies and, where it went to
 * sleep, for waking it up each time. One that looks away for a moment finds many requests at once, and answers them at once.
 *
 * <p>The client must have enough others under way to be busy meanwhile, and while its requests are carried out, or it loses more than
 * both gain. How many it has under way cannot be seen, but what follows from it can: a pause brings fewer requests than a busy client
 * sends in that time, or hardly any come while those that it brought are carried out. There are two lengths of pause for that
 * reason. The long one sleeps, which frees the processor, but takes as long as a client needs for some ten requests. The short one
 * is for clients that would run dry in the long one: it is too short for any timer, so it only offers the processor to others.
 *
 * <p>Each length is tried now and then, and used as long as it mostly pays. For the connection thread.
 */
final class Coalescing {
    /** So many short requests take a client as long as a short pause takes this thread. */
    static final int ENOUGH_FOR_SHORT_PAUSE = 3;

    /** So many short requests take a client as long as a long pause takes this thread. */
    static final int ENOUGH_FOR_LONG_PAUSE = 10;

    /** A busy client sends a short request that often, or more often. */
    static final long BUSY_CLIENT_NANOS = 10_000;

    /** After so many pauses there is none, to see what came while the requests of the last one were carried out. */
    static final int PAUSES_PER_LOOK = 4;

    /** A pause in vain costs a client about as much as so many that pay gain. */
    static final int HITS_PER_MISS = 8;

    /** Beyond this length a request takes longer to carry out than a pause, so that others gather all the same. */
    static final int SHORT_REQUEST_BYTES = 8 << 10;

    /** Requests before an attempt, if the last one went well. */
    static final int SHORTEST_INTERVAL_REQUESTS = 512;

    /** Each attempt that never went well doubles the interval, up to this: it can cost the thread its turn on a processor that others want too. */
    static final int LONGEST_INTERVAL_REQUESTS = 1 << 15;

    /** Where timers are so coarse, or the machine so busy, a pause may let the client run dry. */
    static final long LONGEST_PAUSE_NANOS = 1_000_000;

    private static final long SHORT_PAUSE_NANOS = 30_000;

    /** What counts is the slack of timers, 50 us on Linux, and the time that a processor takes to wake up. */
    private static final long LONG_PAUSE_NANOS = 1_000;

    private static final int CREDIT_OF_ATTEMPT = HITS_PER_MISS;
    private static final int FULL_CREDIT = 4 * HITS_PER_MISS;

    /** How the requests of a round were come by. */
    private enum Step {
        READ,
        PAUSE,
        /** Like READ, in the place of a pause. */
        LOOK
    }

    private static final class Length {
        final Runnable pause;
        final int enoughRequests;
        int intervalRequests = SHORTEST_INTERVAL_REQUESTS;

        Length(Runnable pause, int enoughRequests) {
            this.pause = pause;
            this.enoughRequests = enoughRequests;
        }
    }

    private final LongSupplier clock;

    /** The shorter one first: where it does not pay, the longer one does not either. */
    private final Length[] lengths;

    /** How many of the lengths pay; the last of them is in use. */
    private int paying;

    /** Whether the length after those that pay is being tried. */
    private boolean trying;

    private int credit;
    private Step step = Step.READ;
    private long pauseEnd;
    private long pausedNanos;
    private long carryOutNanos;
    private int pausesSinceLook;
    private int requestsSinceAttempt;
    private boolean sawSeveral;

    Coalescing() {
        this(System::nanoTime, Coalescing::offerProcessor, () -> LockSupport.parkNanos(LONG_PAUSE_NANOS));
    }

    /**
     * @param clock in nanoseconds, with any origin
     * @param shortPause lets a moment pass
     * @param longPause lets a longer one pass
     */
    Coalescing(LongSupplier clock, Runnable shortPause, Runnable longPause) {
        this.clock = clock;
        lengths = new Length[] {
            new Length(shortPause, ENOUGH_FOR_SHORT_PAUSE), new Length(longPause, ENOUGH_FOR_LONG_PAUSE)
        };
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield is a courtesy: nothing relies on what it does
    private static void offerProcessor() {
        long begin = System.nanoTime();
        do {
            Thread.yield();
        } while (System.nanoTime() - begin < SHORT_PAUSE_NANOS);
    }

    /**
     * Pauses before the next read, if that pays.
     *
     * @param requests how many requests the last read brought
     * @param bytes how long they were together
     * @return whether there was a pause, so that requests have probably come
     */
    boolean pauseIfItPays(int requests, long bytes) {
        boolean areShort = bytes <= (long) requests * SHORT_REQUEST_BYTES;
        requestsSinceAttempt += requests;
        sawSeveral |= requests > 1;
        if (step == Step.PAUSE) {
            judge(requests >= lengthInUse().enoughRequests && areShort && pausedNanos <= LONGEST_PAUSE_NANOS);
        } else if (step == Step.LOOK) {
            // The client may be half-way through its next one.
            judge(requests > 0 && requests * BUSY_CLIENT_NANOS + BUSY_CLIENT_NANOS / 2 >= carryOutNanos);
        }
        step = nextStep(areShort);
        if (step == Step.READ) {
            return false;
        }
        long now = clock.getAsLong();
        if (step == Step.LOOK) {
            carryOutNanos = now - pauseEnd;
            return false;
        }
        lengthInUse().pause.run();
        pauseEnd = clock.getAsLong();
        pausedNanos = pauseEnd - now;
        return true;
    }

    private Length lengthInUse() {
        return lengths[trying ? paying : paying - 1];
    }

    private Step nextStep(boolean areShort) {
        if (!trying && attemptIsDue(areShort)) {
            trying = true;
            return Step.PAUSE;
        }
        if (!trying && paying == 0) {
            return Step.READ;
        }
        if (step == Step.PAUSE && (trying || ++pausesSinceLook >= PAUSES_PER_LOOK)) {
            pausesSinceLook = 0;
            return Step.LOOK;
        }
        return Step.PAUSE;
    }

    /** A client that never has two requests under way is left alone. */
    private boolean attemptIsDue(boolean areShort) {
        return paying < lengths.length
                && sawSeveral
                && areShort
                && requestsSinceAttempt >= lengths[paying].intervalRequests;
    }

    private void judge(boolean paid) {
        Length length = lengthInUse();
        if (!paid) {
            credit -= HITS_PER_MISS;
            if (trying || credit <= 0) {
                length.intervalRequests = Math.min(2 * length.intervalRequests, LONGEST_INTERVAL_REQUESTS);
                paying = trying ? paying : paying - 1;
                endAttempt();
            }
        } else if (!trying) {
            if (credit < FULL_CREDIT && ++credit == FULL_CREDIT) {
                length.intervalRequests = SHORTEST_INTERVAL_REQUESTS;
            }
        } else if (step == Step.LOOK) {
            paying++;
            endAttempt();
        }
    }

    private void endAttempt() {
        trying = false;
        credit = CREDIT_OF_ATTEMPT;
        requestsSinceAttempt = 0;
        sawSeveral = false;
        step = Step.READ;
    }
}
