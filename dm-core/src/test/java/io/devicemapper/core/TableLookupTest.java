package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TableLookupTest {
    @Test
    void everySectorOfEveryTargetIsFound() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int targets = 1; targets <= 70; targets++) {
            long[] ends = new long[targets];
            long end = 0;
            for (int target = 0; target < targets; target++) {
                end += 1 + random.nextInt(5);
                ends[target] = end;
            }
            int expected = 0;
            for (long sector = 0; sector < end; sector++) {
                if (sector == ends[expected]) {
                    expected++;
                }
                assertEquals(
                        expected,
                        LoadedTable.indexOf(ends, sector),
                        "sector " + sector + " of " + targets + " targets, seed " + seed);
            }
        }
    }

    @Test
    void sectorsBeyondThirtyTwoBits() {
        long[] ends = {1L << 40, (1L << 40) + 1, Long.MAX_VALUE >> 9};
        assertEquals(0, LoadedTable.indexOf(ends, (1L << 40) - 1));
        assertEquals(1, LoadedTable.indexOf(ends, 1L << 40));
        assertEquals(2, LoadedTable.indexOf(ends, (1L << 40) + 1));
        assertEquals(2, LoadedTable.indexOf(ends, (Long.MAX_VALUE >> 9) - 1));
    }
}
