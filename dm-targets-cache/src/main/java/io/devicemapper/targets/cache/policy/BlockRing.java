package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.Migration;

/** Blocks that wait for something: first in, first out, of bounded length. When it is full the oldest is forgotten. */
final class BlockRing {
    private final long[] blocks;
    private long added;
    private long taken;

    /**
     * An empty ring.
     *
     * @param capacity a power of two
     */
    BlockRing(int capacity) {
        blocks = new long[capacity];
    }

    void add(long block) {
        blocks[(int) (added++ & (blocks.length - 1))] = block;
        taken = Math.max(taken, added - blocks.length);
    }

    /** Takes the oldest block out; {@link Migration#NONE} if there is none. */
    long poll() {
        return taken == added ? Migration.NONE : blocks[(int) (taken++ & (blocks.length - 1))];
    }
}
