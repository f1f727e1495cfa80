package io.devicemapper.targets.cache;

/**
 * Sorts cache blocks by the origin blocks that they hold. By digits, from the lowest to the highest: a million take some tens of milliseconds in a JVM that
 * has just begun, where {@link java.util.Arrays#sort(long[])} is not compiled yet and takes ten times as long.
 */
final class OriginOrder {
    private static final int DIGIT_BITS = 11;
    private static final int DIGITS = 1 << DIGIT_BITS;

    private OriginOrder() {}

    /**
     * The order.
     *
     * @param originBlocks what each cache block holds, not negative, or {@link CacheBlock#NONE}
     * @return the numbers of those that hold something; where two hold the same, the lower number first
     */
    static int[] of(long[] originBlocks) {
        int[] ordered = inUse(originBlocks);
        long highest = 0;
        for (int block : ordered) {
            highest |= originBlocks[block];
        }
        int[] other = new int[ordered.length];
        for (int shift = 0; shift < Long.SIZE && highest >>> shift != 0; shift += DIGIT_BITS) {
            sortByDigit(originBlocks, shift, ordered, other);
            int[] sorted = other;
            other = ordered;
            ordered = sorted;
        }
        return ordered;
    }

    private static int[] inUse(long[] originBlocks) {
        int count = 0;
        for (long originBlock : originBlocks) {
            count += originBlock == CacheBlock.NONE ? 0 : 1;
        }
        int[] found = new int[count];
        int next = 0;
        for (int block = 0; block < originBlocks.length; block++) {
            if (originBlocks[block] != CacheBlock.NONE) {
                found[next++] = block;
            }
        }
        return found;
    }

    /** Equal digits keep their order. */
    private static void sortByDigit(long[] originBlocks, int shift, int[] from, int[] to) {
        int[] starts = new int[DIGITS + 1];
        for (int block : from) {
            starts[digit(originBlocks[block], shift) + 1]++;
        }
        for (int digit = 0; digit < DIGITS; digit++) {
            starts[digit + 1] += starts[digit];
        }
        for (int block : from) {
            to[starts[digit(originBlocks[block], shift)]++] = block;
        }
    }

    private static int digit(long originBlock, int shift) {
        return (int) (originBlock >>> shift) & DIGITS - 1;
    }
}
