package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OriginOrderTest {
    private final long seed = new Random().nextLong();

    @Test
    void isThatOfASortThatKeepsTheOrderOfEqualOnes() {
        Random random = new Random(seed);
        for (long bound : new long[] {1, 7, 2048, 2049, 1L << 22, 1L << 48}) {
            for (int length : new int[] {0, 1, 2, 1000}) {
                long[] originBlocks = new long[length];
                Arrays.setAll(originBlocks, i -> random.nextInt(4) == 0 ? CacheBlock.NONE : random.nextLong(bound));
                int[] expected = IntStream.range(0, length)
                        .filter(block -> originBlocks[block] != CacheBlock.NONE)
                        .boxed()
                        .sorted(Comparator.comparingLong(block -> originBlocks[block]))
                        .mapToInt(Integer::intValue)
                        .toArray();
                assertArrayEquals(expected, OriginOrder.of(originBlocks), () -> "seed " + seed + ", below " + bound);
            }
        }
    }
}
