package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.testkit.PowerCut;
import io.devicemapper.testkit.PowerCutDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The power goes before every write and flush of random histories, and takes what was not flushed with it, whole, in part or in another order. What is
 * opened afterwards is what the last commit left, or the one that was under way, and checks clean.
 */
class PowerCutTest {
    /**
     * From so few on that there is not always room for a transaction beside the last commit: a block that was freed is then the next one
     * wanted.
     */
    private static final int MIN_BLOCKS = 16;

    private static final int MAX_BLOCKS = 64;

    private static final int ARRAY_SIZE = 1200;

    private static final int FEW_KEYS = 4000;

    /** For transactions so large that they write before their commit. */
    private static final int MANY_KEYS = 40_000;

    private static final int BLOCKS_FOR_MANY = 1024;

    /** What is in the store: a tree and an array. */
    private record State(TreeMap<Long, Long> tree, TreeMap<Long, Long> array) {
        State() {
            this(new TreeMap<>(), new TreeMap<>());
        }

        State copy() {
            return new State(new TreeMap<>(tree), new TreeMap<>(array));
        }
    }

    /** A history, told by its seed: the same operations however often it runs. */
    private static final class History {
        private final Random random;
        private final CuttingDevice cutting;
        private final BlockDevice device;
        private final int keys;
        private final List<State> commits = new ArrayList<>();
        private State now = new State();

        /** How many commits had returned. */
        private int acknowledged;

        private MetadataStore store;

        History(long seed, CuttingDevice cutting, BlockDevice device, int keys) {
            this.random = new Random(seed);
            this.cutting = cutting;
            this.device = device;
            this.keys = keys;
        }

        void run() throws MetadataException {
            try {
                runAll();
            } finally {
                if (store != null) {
                    store.close();
                }
            }
        }

        private void runAll() throws MetadataException {
            if (random.nextBoolean()) {
                cutting.show(Math.max(MIN_BLOCKS * 8L, device.sectors() - random.nextInt(MAX_BLOCKS) * 8L));
            }
            store = MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
            LongBTree tree = store.createLongTree();
            PersistentArray array = store.createArray(Long.BYTES);
            array.resize(ARRAY_SIZE, 0);
            LittleEndian.putLong(store.superblock(), TestFormat.LONGS_SIZE, ARRAY_SIZE);
            commit(tree, array);
            int transactions = 3 + random.nextInt(6);
            for (int i = 0; i < transactions; i++) {
                try {
                    if (random.nextInt(4) == 0) {
                        cutting.showAll();
                        store.grow();
                    }
                    change(tree, array);
                } catch (MetadataException e) {
                    abortIfFull(e);
                    continue;
                }
                int dice = random.nextInt(10);
                if (dice == 0) {
                    store.abort();
                    now = commits.get(commits.size() - 1).copy();
                } else if (dice == 1) {
                    store.close();
                    store = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT.withCacheBlocks(64));
                    tree = store.openLongTree(TestFormat.root(store.superblock(), TestFormat.TREE));
                    array = store.openArray(Long.BYTES, TestFormat.root(store.superblock(), TestFormat.LONGS));
                    now = commits.get(commits.size() - 1).copy();
                } else {
                    try {
                        commit(tree, array);
                    } catch (MetadataException e) {
                        abortIfFull(e);
                        commits.remove(commits.size() - 1);
                    }
                }
            }
        }

        private void abortIfFull(MetadataException failure) throws MetadataException {
            if (failure.reason() != MetadataException.Reason.NO_SPACE) {
                throw failure;
            }
            store.abort();
            now = commits.get(acknowledged - 1).copy();
        }

        private void commit(LongBTree tree, PersistentArray array) throws MetadataException {
            commits.add(now.copy());
            LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
            LittleEndian.putLong(store.superblock(), TestFormat.LONGS, array.root());
            store.commit();
            acknowledged = commits.size();
        }

        private void change(LongBTree tree, PersistentArray array) throws MetadataException {
            int operations = 1 + random.nextInt(random.nextBoolean() ? 10 : keys * 3 / 8);
            for (int i = 0; i < operations; i++) {
                long key = random.nextInt(keys);
                long value = random.nextLong();
                if (random.nextInt(3) == 0) {
                    now.tree().remove(key);
                    tree.remove(key);
                } else {
                    now.tree().put(key, value);
                    tree.put(key, value);
                }
                if (random.nextInt(4) == 0) {
                    long index = random.nextInt(ARRAY_SIZE);
                    now.array().put(index, value);
                    array.set(index, value);
                }
            }
        }
    }

    @Test
    void whatIsOpenedIsACommit() throws MetadataException {
        long seed = Soak.seed();
        int histories = Soak.times(25, 400);
        for (int i = 0; i < histories; i++) {
            cutEverywhere(seed + i);
        }
    }

    private static void cutEverywhere(long seed) throws MetadataException {
        long sectors = new Random(seed).nextInt(MIN_BLOCKS, MAX_BLOCKS) * 8L;
        CuttingDevice uncut = new CuttingDevice(PowerCutDevice.create("meta", sectors, new PowerCut(seed)), -1);
        new History(seed, uncut, uncut, FEW_KEYS).run();
        long operations = uncut.operations();
        for (long cut = 0; cut <= operations; cut++) {
            String told = "seed " + seed + ", cut before " + cut + " of " + operations + " writes and flushes: ";
            PowerCut power = new PowerCut(seed * 31 + cut);
            CuttingDevice device = new CuttingDevice(PowerCutDevice.create("meta", sectors, power), cut);
            History history = new History(seed, device, device, FEW_KEYS);
            try {
                history.run();
                assertEquals(operations, cut, () -> told + "the history ended");
                power.cut();
            } catch (MetadataException e) {
                assertEquals(MetadataException.Reason.IO, e.reason(), () -> told + e);
            }
            power.restore();
            verify(device, history, told);
        }
    }

    /** When a block is written early depends on how the threads run, so where the power goes is not the same each time. */
    @Test
    void whatIsOpenedIsACommitWhereMuchIsWrittenEarly() throws MetadataException {
        long seed = Soak.seed();
        int histories = Soak.times(10, 200);
        int cuts = Soak.times(8, 40);
        int earlyWrites = 0;
        for (int i = 0; i < histories; i++) {
            Random random = new Random(seed + i);
            long operations = 200;
            for (int cut = 0; cut < cuts; cut++) {
                long cutBefore = cut == 0 ? Long.MAX_VALUE : random.nextLong(operations);
                String told = "seed " + seed + " + " + i + ", cut before " + cutBefore + ": ";
                PowerCut power = new PowerCut(seed * 31 + cut);
                CuttingDevice cutting =
                        new CuttingDevice(PowerCutDevice.create("meta", BLOCKS_FOR_MANY * 8L, power), cutBefore);
                WaitingDevice device = new WaitingDevice(cutting);
                History history = new History(seed + i, cutting, device, MANY_KEYS);
                try {
                    history.run();
                    operations = cut == 0 ? cutting.operations() : operations;
                    power.cut();
                } catch (MetadataException e) {
                    assertEquals(MetadataException.Reason.IO, e.reason(), () -> told + e);
                }
                power.restore();
                verify(cutting, history, told);
                earlyWrites += device.earlyWrites();
            }
        }
        assertTrue(earlyWrites > histories, "seed " + seed + ": " + earlyWrites + " writes before commits");
    }

    private static void verify(CuttingDevice device, History history, String told) throws MetadataException {
        if (history.acknowledged == 0 && MetadataStore.isBlank(device)) {
            return;
        }
        CheckReport report = MetadataCheck.check(device, TestFormat.INSTANCE);
        assertTrue(report.isClean(), () -> told + report);
        MetadataStore store = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT);
        State found = read(store);
        for (int i = Math.max(0, history.acknowledged - 1); i < history.commits.size(); i++) {
            if (history.commits.get(i).equals(found)) {
                return;
            }
        }
        fail(told + "neither of the last commits, of which " + history.acknowledged + " had returned");
    }

    private static State read(MetadataStore store) throws MetadataException {
        State state = new State();
        LongCursor cursor = store.openLongTree(TestFormat.root(store.superblock(), TestFormat.TREE))
                .cursor();
        for (boolean found = cursor.first(); found; found = cursor.next()) {
            state.tree().put(cursor.key(), cursor.value());
        }
        PersistentArray array = store.openArray(Long.BYTES, TestFormat.root(store.superblock(), TestFormat.LONGS));
        assertEquals(ARRAY_SIZE, array.size());
        for (long i = 0; i < ARRAY_SIZE; i++) {
            long value = array.get(i);
            if (value != 0) {
                state.array().put(i, value);
            }
        }
        return state;
    }
}
