package io.devicemapper.nbd.server;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Lets short requests gather before they are read, where that pays: the interrupt coalescing of network cards. A thread that takes each
 * request as soon as it comes pays the system calls for each of them and, worse, has the client pay for waking it up each time.
 * One that looks away for a moment finds many requests at once, and answers them at once. The client must have enough others under
 * way to be busy meanwhile.
 *
 * <p>Whether it has shows when the thread looks away: it does so now and then to find out, and goes on as long as enough
 * requests have come each time. For the connection thread.
 */
final class Coalescing {
    /** So many short requests take a client as long as a pause takes this thread. */
    static final int ENOUGH_REQUESTS = 10;

    /** Beyond this length a request takes longer to carry out than a pause, so that others gather all the same. */
    static final int SHORT_REQUEST_BYTES = 8 << 10;

    /** Requests between two attempts, if the last one paid. */
    static final int SHORTEST_INTERVAL_REQUESTS = 512;

    /** Each attempt in vain doubles the interval, up to this: it can cost the thread its turn on a processor that others want too. */
    static final int LONGEST_INTERVAL_REQUESTS = 1 << 15;

    /** Where timers are so coarse, or the machine so busy, a pause may let the client run dry. */
    static final long LONGEST_PAUSE_NANOS = 1_000_000;

    /** What counts is the slack of timers, 50 us on Linux. */
    private static final long PAUSE_NANOS = 1_000;

    private final LongSupplier pause;
    private boolean paused;
    private long pausedNanos;
    private boolean pays;
    private boolean sawSeveral;
    private int requestsSinceAttempt;
    private int intervalRequests = SHORTEST_INTERVAL_REQUESTS;

    Coalescing() {
        this(Coalescing::pause);
    }

    /** @param pause sleeps for a moment, and tells for how many nanoseconds */
    Coalescing(LongSupplier pause) {
        this.pause = pause;
    }

    private static long pause() {
        long begin = System.nanoTime();
        LockSupport.parkNanos(PAUSE_NANOS);
        return System.nanoTime() - begin;
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
        if (paused) {
            judge(requests >= ENOUGH_REQUESTS && areShort && pausedNanos <= LONGEST_PAUSE_NANOS);
        } else {
            requestsSinceAttempt += requests;
            sawSeveral |= requests > 1;
        }
        // A client that never has two requests under way is left alone.
        boolean attempt = sawSeveral && areShort && requestsSinceAttempt >= intervalRequests;
        paused = pays || attempt;
        if (paused) {
            pausedNanos = pause.getAsLong();
        }
        return paused;
    }

    private void judge(boolean paid) {
        if (paid) {
            intervalRequests = SHORTEST_INTERVAL_REQUESTS;
        } else if (!pays) {
            intervalRequests = Math.min(2 * intervalRequests, LONGEST_INTERVAL_REQUESTS);
        }
        pays = paid;
        requestsSinceAttempt = 0;
        sawSeveral = false;
    }
}
