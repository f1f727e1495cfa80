package io.devicemapper.targets.cache.sim;

import java.util.Arrays;

/** The blocks that somebody accessed, in order. Beside its number on the device each block has an id: 0, 1, 2… by number. */
final class Trace {
    private final String name;
    private final String description;
    private final long[] blocks;
    private final int[] ids;

    /**
     * A trace.
     *
     * @param name for reports
     * @param description what it was made from
     * @param accesses block numbers in order, at least one
     */
    Trace(String name, String description, long[] accesses) {
        this.name = name;
        this.description = description;
        blocks = distinct(accesses);
        ids = new int[accesses.length];
        for (int i = 0; i < accesses.length; i++) {
            ids[i] = Arrays.binarySearch(blocks, accesses[i]);
        }
    }

    private static long[] distinct(long[] accesses) {
        long[] sorted = accesses.clone();
        Arrays.sort(sorted);
        int count = 0;
        for (int i = 0; i < sorted.length; i++) {
            if (i == 0 || sorted[i] != sorted[i - 1]) {
                sorted[count++] = sorted[i];
            }
        }
        return Arrays.copyOf(sorted, count);
    }

    String name() {
        return name;
    }

    String description() {
        return description;
    }

    int accesses() {
        return ids.length;
    }

    int distinctBlocks() {
        return blocks.length;
    }

    /** The id of the block that is accessed at this place. */
    int id(int access) {
        return ids[access];
    }

    /** The number of the block that is accessed at this place. */
    long block(int access) {
        return blocks[ids[access]];
    }

    /** One more than the highest block number. */
    long originBlocks() {
        return blocks[blocks.length - 1] + 1;
    }
}
