package io.devicemapper.targets.cache.policy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Accesses that were noted and not yet passed on: rings of longs, of which each thread uses one, threads with the same remainder the same.
 * Writing never waits: where the ring is full, or another thread writes to the same one at the same instant, the access is lost, which a
 * policy can bear, since what is used much is noted often.
 *
 * <p>Any number of threads may note; one at a time may drain.
 */
final class AccessBuffers {
    /** Block numbers are below that: a block is at least a sector, and there are 2^54 of these in 2^63 bytes. */
    static final long MAX_BLOCK = (1L << 61) - 1;

    /** What a thread that does nothing but hit notes in about 10 ms when a hit costs 10 us. */
    private static final int RING_LENGTH = 1024;

    private static final int MAX_RINGS = 64;

    /**
     * A ring is one array. Both counters and the slots are 128 bytes apart, which is as far as processors fetch at a time, so that writers
     * and the drainer do not take a cache line from each other for nothing.
     */
    private static final int WRITTEN = 16;

    private static final int DRAINED = 32;
    private static final int FIRST_SLOT = 48;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[][] rings;

    AccessBuffers() {
        int processors = Runtime.getRuntime().availableProcessors();
        int count = Math.min(MAX_RINGS, Integer.highestOneBit(Math.max(1, 4 * processors - 1)) << 1);
        rings = new long[count][FIRST_SLOT + RING_LENGTH + 16];
    }

    /** Receives what was noted. */
    interface Sink {
        /** An access, as it was noted. */
        void accessed(long block, boolean write);
    }

    /**
     * Notes an access.
     *
     * @param block from 0 to {@link #MAX_BLOCK}
     */
    void note(long block, boolean write) {
        long[] ring = rings[(int) Thread.currentThread().getId() & (rings.length - 1)];
        long written = (long) LONGS.getVolatile(ring, WRITTEN);
        // Read after the other counter, so never ahead of it by more than a ring.
        long waiting = written - (long) LONGS.getAcquire(ring, DRAINED);
        if (waiting < RING_LENGTH && LONGS.compareAndSet(ring, WRITTEN, written, written + 1)) {
            // 0 is an empty slot.
            LONGS.setRelease(ring, slot(written), block << 1 | (write ? 1 : 0) | Long.MIN_VALUE);
        }
    }

    /** Passes on what was noted, in the order of each thread. Stops at what is being written right now. */
    void drain(Sink sink) {
        for (long[] ring : rings) {
            drain(ring, sink);
        }
    }

    private static void drain(long[] ring, Sink sink) {
        long drained = ring[DRAINED];
        long written = (long) LONGS.getAcquire(ring, WRITTEN);
        while (drained < written) {
            long noted = (long) LONGS.getAcquire(ring, slot(drained));
            if (noted == 0) {
                break;
            }
            ring[slot(drained)] = 0;
            drained++;
            // Gives the slot free, and makes sure that nothing is passed on twice should the sink throw.
            LONGS.setRelease(ring, DRAINED, drained);
            sink.accessed((noted & Long.MAX_VALUE) >>> 1, (noted & 1) != 0);
        }
    }

    private static int slot(long number) {
        return FIRST_SLOT + (int) (number & (RING_LENGTH - 1));
    }
}
