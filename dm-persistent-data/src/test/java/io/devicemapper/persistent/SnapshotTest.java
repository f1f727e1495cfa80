package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.ModelDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Trees and arrays that share blocks, and what happens to the counts. */
class SnapshotTest {
    private static final int BLOCKS = 40_000;
    private final long seed = Soak.seed();
    private final Random random = new Random(seed);
    private final ModelDevice device = ModelDevice.create("meta", BLOCKS * 8L);

    /** A superblock with as many trees as a test wants. */
    private static final class ManyTrees implements SuperblockFormat {
        private static final int FIRST = 192;
        private static final int MAX = 40;

        @Override
        public String name() {
            return "many";
        }

        @Override
        public int checksumSalt() {
            return 3;
        }

        @Override
        public long magic() {
            return 99;
        }

        @Override
        public int minVersion() {
            return 1;
        }

        @Override
        public int maxVersion() {
            return 1;
        }

        @Override
        public int needsCheckFlag() {
            return 1;
        }

        @Override
        public int spaceMapRootOffset() {
            return 64;
        }

        @Override
        public void structures(byte[] superblock, StructureVisitor visitor) throws MetadataException {
            for (int i = 0; i < MAX; i++) {
                long root = LittleEndian.getLong(superblock, FIRST + i * 8);
                if (root != 0) {
                    visitor.tree("tree " + i, root, 300);
                }
            }
        }
    }

    /** Values of 300 bytes make trees with thin leaves, four levels deep. */
    @Test
    void snapshotsGoTheirOwnWays() throws MetadataException {
        ValueCodec<byte[]> codec = ValueCodec.ofBytes(300);
        MetadataStore store =
                MetadataStore.format(device, new ManyTrees(), 1, StoreOptions.DEFAULT.withCacheBlocks(500));
        List<BTree<byte[]>> trees = new ArrayList<>();
        List<TreeMap<Long, Integer>> models = new ArrayList<>();
        trees.add(store.createTree(codec));
        models.add(new TreeMap<>());
        for (int round = 0; round < Soak.times(60, 600); round++) {
            int which = random.nextInt(trees.size());
            BTree<byte[]> tree = trees.get(which);
            TreeMap<Long, Integer> model = models.get(which);
            int operations = random.nextInt(2000);
            boolean shrinking = random.nextInt(3) == 0;
            for (int i = 0; i < operations; i++) {
                long key = random.nextInt(20_000);
                if (random.nextInt(4) < (shrinking ? 3 : 1)) {
                    assertEquals(model.remove(key) != null, tree.remove(key), this::told);
                } else {
                    int value = random.nextInt();
                    model.put(key, value);
                    tree.put(key, encoded(value));
                }
            }
            if (trees.size() < 6 && random.nextInt(3) == 0) {
                trees.add(tree.snapshot());
                models.add(new TreeMap<>(model));
            } else if (trees.size() > 1 && random.nextInt(4) == 0) {
                tree.delete();
                trees.remove(which);
                models.remove(which);
            }
            if (random.nextInt(3) == 0) {
                commit(store, trees);
                CheckReport report = MetadataCheck.check(device, new ManyTrees());
                assertTrue(report.isClean(), () -> told() + report);
            }
            if (random.nextInt(8) == 0) {
                commit(store, trees);
                store = MetadataStore.open(device, new ManyTrees(), StoreOptions.DEFAULT.withCacheBlocks(500));
                List<BTree<byte[]>> reopened = new ArrayList<>();
                for (BTree<byte[]> old : trees) {
                    reopened.add(store.openTree(codec, old.root()));
                }
                trees = reopened;
            }
        }
        for (int i = 0; i < trees.size(); i++) {
            compare(models.get(i), trees.get(i));
        }
        for (BTree<byte[]> tree : trees) {
            tree.delete();
        }
        trees.clear();
        commit(store, trees);
        CheckReport report = MetadataCheck.check(device, new ManyTrees());
        assertTrue(report.isClean(), () -> told() + report);
        assertEquals(1 + 3 + 1 + 1, store.usedBlocks(), () -> told() + "superblock, bitmaps, index, counts");
    }

    private static byte[] encoded(int value) {
        byte[] bytes = new byte[300];
        LittleEndian.putInt(bytes, 0, value);
        LittleEndian.putInt(bytes, 296, ~value);
        return bytes;
    }

    private static void commit(MetadataStore store, List<BTree<byte[]>> trees) throws MetadataException {
        for (int i = 0; i < ManyTrees.MAX; i++) {
            LittleEndian.putLong(
                    store.superblock(),
                    ManyTrees.FIRST + i * 8,
                    i < trees.size() ? trees.get(i).root() : 0);
        }
        store.commit();
    }

    private void compare(Map<Long, Integer> model, BTree<byte[]> tree) throws MetadataException {
        ValueCursor<byte[]> cursor = tree.cursor();
        boolean found = cursor.first();
        for (Map.Entry<Long, Integer> entry : model.entrySet()) {
            assertTrue(found, this::told);
            assertEquals(entry.getKey(), cursor.key(), this::told);
            assertArrayEquals(encoded(entry.getValue()), cursor.value(), this::told);
            found = cursor.next();
        }
        assertEquals(false, found, this::told);
    }

    @Test
    void arraysShareTheirBlocks() throws MetadataException {
        MetadataStore store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
        PersistentArray array = store.createArray(Integer.BYTES);
        array.resize(5000, 7);
        LittleEndian.putLong(store.superblock(), TestFormat.INTS, array.root());
        store.commit();
        long used = store.usedBlocks();
        PersistentArray snapshot = array.snapshot();
        array.set(4321, 0xFFFF_FFFFL);
        assertEquals(0xFFFF_FFFFL, array.get(4321));
        assertEquals(7, snapshot.get(4321));
        assertEquals(used + 2, store.usedBlocks(), "one more leaf and one more block");
        snapshot.delete();
        assertEquals(used, store.usedBlocks());
        array.resize(1100, 0);
        assertEquals(1100, array.size());
        array.resize(3000, 9);
        assertEquals(7, array.get(1099));
        assertEquals(9, array.get(1100));
        assertEquals(9, array.get(2999));
        assertThrows(IndexOutOfBoundsException.class, () -> array.get(3000));
        assertThrows(IndexOutOfBoundsException.class, () -> array.set(-1, 0));
        LittleEndian.putLong(store.superblock(), TestFormat.INTS, array.root());
        store.commit();
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertTrue(report.isClean(), report::toString);
        array.resize(0, 0);
        assertEquals(0, array.size());
    }

    @Test
    void bitsetsAreArraysOfBits() throws MetadataException {
        MetadataStore store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
        PersistentBitset bits = store.createBitset();
        bits.resize(100_000);
        for (long bit = 0; bit < 100_000; bit += 7) {
            bits.set(bit, true);
        }
        for (long bit = 0; bit < 100_000; bit++) {
            assertEquals(bit % 7 == 0, bits.get(bit));
        }
        bits.resize(70);
        bits.resize(200);
        assertTrue(bits.get(63));
        assertEquals(false, bits.get(77), "what left is clear");
        assertEquals((1L << 63) | (1L << 56), bits.word(0) & 0xFF00_0000_0000_0000L);
        assertThrows(IndexOutOfBoundsException.class, () -> bits.get(200));
    }

    @Test
    void innerTreesAreSharedAndFreedWithTheOuter() throws MetadataException {
        MetadataStore store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT);
        store.commit();
        long empty = store.usedBlocks();
        NestedBTree<Long> tree = store.createNestedTree(ValueCodec.U64);
        for (long outer = 0; outer < 20; outer++) {
            for (long inner = 0; inner < 1000; inner++) {
                tree.put(outer, inner, outer * inner);
            }
        }
        tree.snapshotInner(3, 100);
        NestedBTree<Long> whole = tree.snapshot();
        tree.put(3, 5, -1L);
        tree.put(100, 6, -2L);
        assertTrue(tree.removeInner(7));
        assertTrue(tree.remove(4, 4));
        assertEquals(-1, tree.get(3, 5));
        assertEquals(15, tree.get(100, 5));
        assertEquals(15, whole.get(3, 5));
        assertEquals(18, whole.get(100, 6));
        assertEquals(21, whole.get(7, 3));
        assertEquals(16, whole.get(4, 4));
        assertNull(tree.get(7, 3));
        assertNull(tree.get(4, 4));
        NestedBTree<Long> reopened = store.openNestedTree(ValueCodec.U64, whole.root());
        assertEquals(36, reopened.get(6, 6));
        tree.delete();
        assertEquals(15, whole.get(3, 5));
        whole.delete();
        store.commit();
        assertEquals(empty, store.usedBlocks());
    }

    private String told() {
        return "seed " + seed + ": ";
    }
}
