package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.PowerCut;
import io.devicemapper.testkit.PowerCutDevice;
import org.junit.jupiter.api.Test;

/** A metadata device that becomes larger under an open store. */
class GrowthTest {
    /** Two bitmaps and a bit. */
    private static final long ALL_BLOCKS = 2 * CountMap.COUNTS_PER_BITMAP + 100;

    private final CuttingDevice device =
            new CuttingDevice(PowerCutDevice.create("meta", ALL_BLOCKS * 8, new PowerCut(1)), -1);

    private LongBTree tree;

    private MetadataStore formatted(long blocks) throws MetadataException {
        device.show(blocks * 8);
        MetadataStore store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
        tree = store.createLongTree();
        PersistentArray array = store.createArray(Long.BYTES);
        LittleEndian.putLong(store.superblock(), TestFormat.LONGS, array.root());
        commit(store);
        return store;
    }

    private void commit(MetadataStore store) throws MetadataException {
        LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
        store.commit();
    }

    private void fill(long keys) throws MetadataException {
        for (long key = 0; key < keys; key++) {
            tree.put(key, key);
        }
    }

    private void assertChecks() throws MetadataException {
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertTrue(report.isClean(), report::toString);
    }

    @Test
    void whatDidNotFitFitsAfterwards() throws MetadataException {
        MetadataStore store = formatted(32);
        MetadataException full = assertThrows(MetadataException.class, () -> fill(20_000));
        assertEquals(MetadataException.Reason.NO_SPACE, full.reason());
        store.abort();
        assertFalse(store.grow());
        device.show(300 * 8L);
        assertTrue(store.grow());
        assertEquals(299, store.blocks());
        fill(20_000);
        commit(store);
        assertChecks();
        device.showAll();
        assertTrue(store.grow());
        fill(60_000);
        commit(store);
        assertEquals(ALL_BLOCKS - 1, store.blocks());
        assertChecks();
        MetadataStore reopened = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT);
        assertEquals(ALL_BLOCKS - 1, reopened.blocks());
        assertEquals(
                59_999,
                reopened.openLongTree(LittleEndian.getLong(reopened.superblock(), TestFormat.TREE))
                        .get(59_999, -1));
    }

    @Test
    void anAbortTakesTheRoomBack() throws MetadataException {
        MetadataStore store = formatted(64);
        fill(1000);
        commit(store);
        device.showAll();
        assertTrue(store.grow());
        fill(30_000);
        store.abort();
        assertEquals(63, store.blocks());
        assertEquals(-1, tree.get(29_999, -1));
        fill(2000);
        commit(store);
        assertChecks();
        assertTrue(store.grow());
        fill(30_000);
        commit(store);
        assertChecks();
        assertEquals(29_999, tree.get(29_999, -1));
    }
}
