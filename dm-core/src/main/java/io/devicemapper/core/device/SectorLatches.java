package io.devicemapper.core.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Keeps two writes from mixing inside one sector: memory copies are not atomic, and a device promises that each sector holds
 * the data of one writer. A writer holds the latch of one block of 4 KiB for the time of its copy, about 100 ns, and takes no other
 * latch meanwhile. Free latches cost one compare-and-set; readers take none.
 */
final class SectorLatches {
    /** The unit of a latch: the usual size of a write, so that it takes one. */
    static final int BLOCK_BYTES = 4096;

    private static final int BLOCK_SHIFT = 12;

    /** So many that a handful of writers seldom meet in one by chance. */
    private static final int LATCHES = 256;

    /** A latch has a cache line of its own. */
    private static final int INTS_PER_LATCH = 16;

    private static final int SPINS = 200;
    private static final VarHandle TAKEN = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] taken = new int[LATCHES * INTS_PER_LATCH];

    /**
     * Takes the latch of the block that holds a byte.
     *
     * @return what to hand to {@link #release}
     */
    @SuppressWarnings("ThreadPriorityCheck") // the yield is a courtesy: without it the loop ends as well, only later
    int acquire(long bytePosition) {
        int latch = ((int) (bytePosition >>> BLOCK_SHIFT) & (LATCHES - 1)) * INTS_PER_LATCH;
        for (int spins = 0; !TAKEN.compareAndSet(taken, latch, 0, 1); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield(); // its holder has lost its core in mid-copy
            }
        }
        return latch;
    }

    void release(int latch) {
        TAKEN.setRelease(taken, latch, 0);
    }
}
