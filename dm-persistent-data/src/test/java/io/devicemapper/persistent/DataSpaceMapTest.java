package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.ModelDevice;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DataSpaceMapTest {
    private static final int DATA_BLOCKS = 50_000;

    /** Where the test format has nothing else. */
    private static final int ROOT = 320;

    private final ModelDevice device = ModelDevice.create("meta", 8L * 2000);
    private MetadataStore store;
    private DataSpaceMap map;

    private void format(long blocks) throws MetadataException {
        store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
        map = store.createDataSpaceMap(blocks);
        commit();
    }

    private void commit() throws MetadataException {
        map.store(store.superblock(), ROOT);
        store.commit();
    }

    @Test
    void countsAsTheModelDoes() throws MetadataException {
        long seed = Soak.seed();
        Random random = new Random(seed);
        format(DATA_BLOCKS);
        TreeMap<Long, Long> model = new TreeMap<>();
        TreeMap<Long, Long> committed = new TreeMap<>();
        for (int i = 0; i < Soak.times(100_000, 3_000_000); i++) {
            Long near = model.ceilingKey((long) random.nextInt(DATA_BLOCKS));
            int dice = random.nextInt(1000);
            if (near == null || (dice < 450 && model.size() < DATA_BLOCKS / 2)) {
                long block = map.allocate();
                assertFalse(committed.containsKey(block), () -> "seed " + seed + ": " + block + " is still in use");
                assertEquals(null, model.put(block, 1L), () -> "seed " + seed);
            } else if (dice < 600) {
                map.increment(near);
                model.merge(near, 1L, Long::sum);
            } else if (dice < 996) {
                long left = model.get(near) - 1;
                assertEquals(left, map.decrement(near), () -> "seed " + seed);
                if (left == 0) {
                    model.remove(near);
                } else {
                    model.put(near, left);
                }
            } else if (dice < 998) {
                commit();
                committed = new TreeMap<>(model);
            } else if (dice == 998) {
                store.abort();
                model = new TreeMap<>(committed);
            } else {
                commit();
                committed = new TreeMap<>(model);
                store = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT.withCacheBlocks(64));
                map = store.openDataSpaceMap(ROOT);
            }
            assertEquals(model.size(), map.usedBlocks(), () -> "seed " + seed);
        }
        for (long block = 0; block < DATA_BLOCKS; block++) {
            assertEquals(model.getOrDefault(block, 0L), map.count(block), () -> "seed " + seed);
        }
    }

    @Test
    void givesOutEachBlockOnceAndThenIsFull() throws MetadataException {
        format(20_000);
        Set<Long> given = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            assertTrue(given.add(map.allocate()));
        }
        MetadataException e = assertThrows(MetadataException.class, map::allocate);
        assertEquals(MetadataException.Reason.NO_SPACE, e.reason());
        assertThrows(IllegalStateException.class, store::commit);
        store.abort();
        assertEquals(0, map.usedBlocks());
        map.increment(map.allocate());
        commit();
        assertEquals(1, map.usedBlocks());
        assertThrows(IndexOutOfBoundsException.class, () -> map.count(20_000));
        assertThrows(MetadataException.class, () -> map.decrement(19_999));
    }
}
