package io.devicemapper.targets.cache.policy;

import java.util.Arrays;

/**
 * Follows those who walk through the device, several at a time. Bios are smaller than blocks, so one walk accesses each block many times;
 * that is one use of the block. And a long walk tells little about what will be used again.
 *
 * <p>A walk is the block that it is at. It goes on when that block or the next one is accessed; what fits none begins a new walk
 * in the place of the one that was silent longest.
 */
final class Streams {
    /** In the place of a length: the access belongs to the use of the block that was seen already. */
    static final int SAME_USE = 0;

    /** Enough for what runs side by side on one device; looking through all of them stays cheap. */
    private static final int MAX_STREAMS = 16;

    /** A small cache has fewer, so that a block which was in use a while ago still counts as used again. */
    private static final int CACHE_BLOCKS_PER_STREAM = 64;

    private final long[] block;
    private final int[] length;
    private final long[] lastSeen;
    private final long[] since;
    private long accesses;
    private long ticks;

    Streams(int cacheBlocks) {
        int count = Math.max(1, Math.min(MAX_STREAMS, cacheBlocks / CACHE_BLOCKS_PER_STREAM));
        block = new long[count];
        length = new int[count];
        lastSeen = new long[count];
        since = new long[count];
        Arrays.fill(block, -2);
    }

    /** About a second has passed: what is accessed now is a new use. */
    void tick() {
        ticks++;
    }

    /**
     * A block is accessed.
     *
     * @return how many blocks its walk has seen, this one included, at least 1; {@link #SAME_USE} if this is nothing new
     */
    int accessed(long accessed) {
        accesses++;
        int oldest = 0;
        for (int i = 0; i < block.length; i++) {
            if (block[i] == accessed) {
                lastSeen[i] = accesses;
                if (since[i] == ticks) {
                    return SAME_USE;
                }
                since[i] = ticks;
                return length[i];
            }
            if (block[i] + 1 == accessed) {
                return moveTo(i, accessed, length[i] + 1);
            }
            if (lastSeen[i] < lastSeen[oldest]) {
                oldest = i;
            }
        }
        return moveTo(oldest, accessed, 1);
    }

    private int moveTo(int stream, long accessed, int newLength) {
        block[stream] = accessed;
        length[stream] = Math.max(1, newLength);
        lastSeen[stream] = accesses;
        since[stream] = ticks;
        return length[stream];
    }
}
