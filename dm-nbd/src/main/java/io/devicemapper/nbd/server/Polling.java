package io.devicemapper.nbd.server;

import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Looks for a client's next request for a moment before the connection thread goes to sleep, where that pays. A client that has one
 * request under way at a time sends the next one a few microseconds after the reply; most of what it waits for otherwise is the
 * sleep and wake-up of this thread, and of the processor that slept with it.
 *
 * <p>Between two looks the processor is offered to whoever wants it, such as a client that shares it. Whether polling pays
 * shows: it goes on as long as nearly every poll finds something, and is otherwise tried again now and then. For the connection thread.
 */
final class Polling {
    /** Longer than a client on another processor takes to read a long reply and send its next request. */
    static final long LONGEST_NANOS = 100_000;

    /** A poll in vain costs as much processor time as so many that find something spare their clients of waiting. */
    static final int HITS_PER_MISS = 8;

    /** Polls in vain that end an attempt, if none finds anything. */
    static final int MISSES_PER_ATTEMPT = 3;

    /** Requests between the end of an attempt and the next one, if the last one went well. */
    static final int SHORTEST_INTERVAL_REQUESTS = 64;

    /** Each attempt that never went well doubles the interval, up to this. */
    static final int LONGEST_INTERVAL_REQUESTS = 1 << 15;

    private static final int CREDIT_OF_ATTEMPT = MISSES_PER_ATTEMPT * HITS_PER_MISS;
    private static final int FULL_CREDIT = CREDIT_OF_ATTEMPT + HITS_PER_MISS;

    /** Where requests come from. */
    @FunctionalInterface
    interface Source {
        /** Reads what is there; 0 if that is nothing, negative at the end. */
        long read() throws IOException;
    }

    private final LongSupplier clock;
    private int credit = CREDIT_OF_ATTEMPT;
    private int requestsToNextAttempt;
    private int intervalRequests = SHORTEST_INTERVAL_REQUESTS;

    Polling() {
        this(System::nanoTime);
    }

    /** @param clock in nanoseconds, with any origin */
    Polling(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * Reads, over and over for a moment, if that pays. Called once a request, when all others have been answered.
     *
     * @return what the source gave at last; 0 if nothing came in time, or it was not asked
     */
    long pollIfItPays(Source source) throws IOException {
        if (credit <= 0) {
            if (--requestsToNextAttempt > 0) {
                return 0;
            }
            credit = CREDIT_OF_ATTEMPT;
        }
        long found = poll(source);
        if (found != 0) {
            hit();
        } else {
            miss();
        }
        return found;
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield is a courtesy: nothing relies on what it does
    private long poll(Source source) throws IOException {
        long begin = clock.getAsLong();
        do {
            long found = source.read();
            if (found != 0) {
                return found;
            }
            Thread.yield();
        } while (clock.getAsLong() - begin < LONGEST_NANOS);
        return 0;
    }

    private void hit() {
        if (credit < FULL_CREDIT && ++credit == FULL_CREDIT) {
            intervalRequests = SHORTEST_INTERVAL_REQUESTS;
        }
    }

    private void miss() {
        credit -= HITS_PER_MISS;
        if (credit <= 0) {
            requestsToNextAttempt = intervalRequests;
            intervalRequests = Math.min(2 * intervalRequests, LONGEST_INTERVAL_REQUESTS);
        }
    }
}
