package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

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
        private final CuttingDevice device;
        private final List<State> commits = new ArrayList<>();
        private State now = new State();

        /** How many commits had returned. */
        private int acknowledged;

        History(long seed, CuttingDevice device) {
            this.random = new Random(seed);
            this.device = device;
        }

        void run() throws MetadataException {
            if (random.nextBoolean()) {
                device.show(Math.max(MIN_BLOCKS * 8L, device.sectors() - random.nextInt(MAX_BLOCKS) * 8L));
            }
            MetadataStore store =
                    MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
            LongBTree tree = store.createLongTree();
            PersistentArray array = store.createArray(Long.BYTES);
            array.resize(ARRAY_SIZE, 0);
            LittleEndian.putLong(store.superblock(), TestFormat.LONGS_SIZE, ARRAY_SIZE);
            commit(store, tree, array);
            int transactions = 3 + random.nextInt(6);
            for (int i = 0; i < transactions; i++) {
                try {
                    if (random.nextInt(4) == 0) {
                        device.showAll();
                        store.grow();
                    }
                    change(tree, array);
                } catch (MetadataException e) {
                    abortIfFull(store, e);
                    continue;
                }
                int dice = random.nextInt(10);
                if (dice == 0) {
                    store.abort();
                    now = commits.get(commits.size() - 1).copy();
                } else if (dice == 1) {
                    store = MetadataStore.open(device, TestFormat.INSTANCE, StoreOptions.DEFAULT.withCacheBlocks(64));
                    tree = store.openLongTree(TestFormat.root(store.superblock(), TestFormat.TREE));
                    array = store.openArray(Long.BYTES, TestFormat.root(store.superblock(), TestFormat.LONGS));
                    now = commits.get(commits.size() - 1).copy();
                } else {
                    try {
                        commit(store, tree, array);
                    } catch (MetadataException e) {
                        abortIfFull(store, e);
                        commits.remove(commits.size() - 1);
                    }
                }
            }
        }

        private void abortIfFull(MetadataStore store, MetadataException failure) throws MetadataException {
            if (failure.reason() != MetadataException.Reason.NO_SPACE) {
                throw failure;
            }
            store.abort();
            now = commits.get(acknowledged - 1).copy();
        }

        private void commit(MetadataStore store, LongBTree tree, PersistentArray array) throws MetadataException {
            commits.add(now.copy());
            LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
            LittleEndian.putLong(store.superblock(), TestFormat.LONGS, array.root());
            store.commit();
            acknowledged = commits.size();
        }

        private void change(LongBTree tree, PersistentArray array) throws MetadataException {
            int operations = 1 + random.nextInt(random.nextBoolean() ? 10 : 1500);
            for (int i = 0; i < operations; i++) {
                long key = random.nextInt(4000);
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
        new History(seed, uncut).run();
        long operations = uncut.operations();
        for (long cut = 0; cut <= operations; cut++) {
            String told = "seed " + seed + ", cut before " + cut + " of " + operations + " writes and flushes: ";
            PowerCut power = new PowerCut(seed * 31 + cut);
            CuttingDevice device = new CuttingDevice(PowerCutDevice.create("meta", sectors, power), cut);
            History history = new History(seed, device);
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
