package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.testkit.ModelDevice;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BulkLoadTest {
    private final ModelDevice device = ModelDevice.create("meta", 8L * 2048);

    private MetadataStore store() throws MetadataException {
        return MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 251, 252, 253, 504, 505, 252 * 252, 252 * 252 + 1, 100_000})
    void holdsAllInFullNodes(int entries) throws MetadataException {
        MetadataStore store = store();
        LongBTree.Builder builder = store.buildLongTree();
        for (long i = 0; i < entries; i++) {
            builder.add(i * 5, ~i);
        }
        LongBTree tree = builder.build();
        LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
        store.commit();
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertTrue(report.isClean(), report::toString);
        int leaves = (entries + 251) / 252;
        int overhead = 1 + 1 + 1 + 1 + leaves / 252 + 3;
        assertTrue(report.usedBlocks() <= leaves + overhead, report::toString);
        MetadataStore again = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT);
        LongBTree opened = again.openLongTree(TestFormat.root(again.superblock(), TestFormat.TREE));
        LongCursor cursor = opened.cursor();
        boolean found = cursor.first();
        for (long i = 0; i < entries; i++) {
            assertTrue(found);
            assertEquals(i * 5, cursor.key());
            assertEquals(~i, cursor.value());
            found = cursor.next();
        }
        assertFalse(found);
        opened.put(7, 7);
        for (long i = 0; i < entries; i += 2) {
            assertTrue(opened.remove(i * 5));
        }
        LittleEndian.putLong(again.superblock(), TestFormat.TREE, opened.root());
        again.commit();
        assertTrue(MetadataCheck.check(device, TestFormat.INSTANCE).isClean());
    }

    /** Those nodes of the builder that are not full yet must not be written, and taken for clean, when others fill the memory. */
    @Test
    void othersMayChangeMuchBetweenTwoEntries() throws MetadataException {
        for (BlockDevice meta : new BlockDevice[] {device, new WaitingDevice(device)}) {
            MetadataStore store =
                    MetadataStore.format(meta, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
            LongBTree other = store.createLongTree();
            LongBTree.Builder builder = store.buildLongTree();
            Random random = new Random(1);
            for (long i = 0; i < 30_000; i++) {
                builder.add(i, ~i);
                other.put(random.nextInt(50_000), i);
            }
            LongBTree tree = builder.build();
            other.delete();
            LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
            store.commit();
            assertTrue(MetadataCheck.check(device, TestFormat.INSTANCE).isClean());
            MetadataStore again = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT);
            LongBTree opened = again.openLongTree(TestFormat.root(again.superblock(), TestFormat.TREE));
            for (long i = 0; i < 30_000; i++) {
                assertEquals(~i, opened.get(i, 0));
            }
        }
    }

    @Test
    void aNewStoreLeavesWhatWasThereUntilItsFirstCommit() throws MetadataException {
        WaitingDevice slow = new WaitingDevice(device);
        MetadataStore store = MetadataStore.format(slow, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
        LongBTree tree = store.createLongTree();
        for (long i = 0; i < 150_000; i++) {
            tree.put(i, i);
        }
        store.close();
        assertEquals(0, slow.earlyWrites());
        assertTrue(MetadataStore.isBlank(device));
    }

    @Test
    void keysMustAscend() throws MetadataException {
        LongBTree.Builder builder = store().buildLongTree();
        builder.add(-2, 1);
        builder.add(-1, 1);
        assertThrows(IllegalArgumentException.class, () -> builder.add(5, 1));
    }

    @Test
    void ascendingPutsLeaveFullLeavesBehind() throws MetadataException {
        MetadataStore store = store();
        LongBTree tree = store.createLongTree();
        for (long i = 0; i < 252 * 100; i++) {
            tree.put(i, i);
        }
        assertTrue(store.usedBlocks() < 110, () -> store.usedBlocks() + " blocks for 100 leaves");
    }
}
