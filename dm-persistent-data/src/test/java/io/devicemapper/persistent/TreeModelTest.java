package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.testkit.ModelDevice;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random operations on a tree, against a TreeMap with unsigned order. */
class TreeModelTest {
    private static final int BLOCKS = 8192;
    private final long seed = Soak.seed();
    private final Random random = new Random(seed);
    private final BlockDevice device = random.nextBoolean()
            ? ModelDevice.create("meta", BLOCKS * 8L)
            : new WaitingDevice(ModelDevice.create("meta", BLOCKS * 8L));
    private final TreeMap<Long, Long> model = new TreeMap<>(Long::compareUnsigned);
    private TreeMap<Long, Long> committed = new TreeMap<>(Long::compareUnsigned);
    private MetadataStore store;
    private LongBTree tree;

    @Test
    void doesAsTheModelDoes() throws MetadataException {
        int operations = Soak.times(400_000, 12_000_000);
        store = MetadataStore.format(device, TestFormat.INSTANCE, 1, options());
        tree = store.createLongTree();
        commit();
        Shape shape = nextShape();
        for (int i = 0; i < operations; i++) {
            if (random.nextInt(20_000) == 0) {
                shape = nextShape();
            }
            step(shape);
        }
        commit();
        assertEquals(0, compareAll(), this::told);
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertTrue(report.isClean(), () -> told() + report);
        assertEquals(store.usedBlocks(), report.usedBlocks(), this::told);
    }

    /** Which keys come, and how often they go. */
    private record Shape(long mask, int shift, int removals) {}

    private Shape nextShape() {
        long[] masks = {0xFF, 0x3FFF, 0x3FFFF, -1L};
        return new Shape(masks[random.nextInt(masks.length)], random.nextInt(3) * 20, 10 + random.nextInt(60));
    }

    private void step(Shape shape) throws MetadataException {
        long key = (random.nextLong() & shape.mask()) << shape.shift();
        int dice = random.nextInt(100);
        if (dice < shape.removals()) {
            Long near = model.ceilingKey(key);
            long target = near == null || random.nextInt(4) == 0 ? key : near;
            assertEquals(model.remove(target) != null, tree.remove(target), this::told);
        } else if (dice < 90) {
            long value = random.nextLong();
            assertEquals(model.put(key, value) == null, tree.put(key, value), this::told);
        } else if (dice < 97) {
            Long expected = model.get(key);
            assertEquals(expected == null ? -7 : expected, tree.get(key, -7), this::told);
            assertEquals(expected != null, tree.containsKey(key), this::told);
        } else if (dice < 99) {
            compareNear(key);
        } else {
            rare();
        }
    }

    private void compareNear(long key) throws MetadataException {
        LongCursor cursor = tree.cursor();
        compareEntry(model.floorEntry(key), cursor, cursor.floor(key));
        if (model.floorKey(key) != null) {
            compareEntry(model.lowerEntry(cursor.key()), cursor, cursor.previous());
        }
        compareEntry(model.ceilingEntry(key), cursor, cursor.ceiling(key));
        for (int i = 0; i < 5 && model.ceilingKey(key) != null && cursor.key() != -1; i++) {
            Map.Entry<Long, Long> expected = model.higherEntry(cursor.key());
            compareEntry(expected, cursor, cursor.next());
            if (expected == null) {
                return;
            }
        }
    }

    private void compareEntry(Map.Entry<Long, Long> expected, LongCursor cursor, boolean found) {
        assertEquals(expected != null, found, this::told);
        if (found) {
            assertEquals(expected.getKey(), cursor.key(), this::told);
            assertEquals(expected.getValue(), cursor.value(), this::told);
        }
    }

    private void rare() throws MetadataException {
        int dice = random.nextInt(1000);
        if (dice < 300) {
            commit();
        } else if (dice < 350) {
            store.abort();
            model.clear();
            model.putAll(committed);
        } else if (dice < 370) {
            store.close();
            store = MetadataStore.open(device, TestFormat.INSTANCE, options());
            tree = store.openLongTree(TestFormat.root(store.superblock(), TestFormat.TREE));
            model.clear();
            model.putAll(committed);
        } else if (dice < 372) {
            assertEquals(0, compareAll(), this::told);
        } else if (dice < 374) {
            clear();
        }
    }

    private StoreOptions options() {
        return StoreOptions.DEFAULT.withCacheBlocks(random.nextBoolean() ? 64 : 4096);
    }

    private void commit() throws MetadataException {
        LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
        store.commit();
        committed = new TreeMap<>(model);
    }

    private void clear() throws MetadataException {
        for (Long key : model.keySet()) {
            assertTrue(tree.remove(key), this::told);
        }
        model.clear();
        assertEquals(0, compareAll(), this::told);
    }

    /** Compares all entries in both directions; returns how many the tree has too many. */
    private int compareAll() throws MetadataException {
        LongCursor cursor = tree.cursor();
        boolean found = cursor.first();
        for (Map.Entry<Long, Long> entry : model.entrySet()) {
            compareEntry(entry, cursor, found);
            found = cursor.next();
        }
        int tooMany = found ? 1 : 0;
        found = cursor.last();
        for (Map.Entry<Long, Long> entry : model.descendingMap().entrySet()) {
            compareEntry(entry, cursor, found);
            found = cursor.previous();
        }
        return tooMany + (found ? 1 : 0);
    }

    private String told() {
        return "seed " + seed + ": ";
    }
}
