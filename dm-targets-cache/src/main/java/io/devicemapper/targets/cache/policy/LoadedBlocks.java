package io.devicemapper.targets.cache.policy;

import java.util.Arrays;
import java.util.function.LongConsumer;

/** Blocks of a cache's earlier life, until all are known and can be put in the order of their levels. */
final class LoadedBlocks {
    private final int maxLevel;
    private long[] blocks = new long[1024];
    private byte[] levels = new byte[1024];
    private int size;

    /**
     * None yet.
     *
     * @param maxLevel the highest level, at most 127; what is higher counts as this, what is negative as 0
     */
    LoadedBlocks(int maxLevel) {
        this.maxLevel = maxLevel;
    }

    int size() {
        return size;
    }

    void add(long block, int level) {
        if (size == blocks.length) {
            int longer = Math.toIntExact(size + (long) Math.min(size, Integer.MAX_VALUE - 8 - size));
            blocks = Arrays.copyOf(blocks, longer);
            levels = Arrays.copyOf(levels, longer);
        }
        blocks[size] = block;
        levels[size] = (byte) Math.max(0, Math.min(maxLevel, level));
        size++;
    }

    /** Those of a level in the order in which they were added. */
    void forEachColdestFirst(LongConsumer action) {
        for (int level = 0; level <= maxLevel; level++) {
            for (int i = 0; i < size; i++) {
                if (levels[i] == level) {
                    action.accept(blocks[i]);
                }
            }
        }
    }
}
