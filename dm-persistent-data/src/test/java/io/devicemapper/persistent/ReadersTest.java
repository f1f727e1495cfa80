package io.devicemapper.persistent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.ModelDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers on threads of their own, while one writer goes on. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadersTest {
    private static final int KEYS = 30_000;
    private static final int READERS = 3;

    /** A device that is small for the tree, and a cache that holds a fraction of it: blocks are dropped and used again all the time. */
    private static final int BLOCKS = 420;

    /** What a reader does until the writer is done. */
    private interface Look {
        void look(Random random) throws MetadataException;
    }

    /** What the writer does. */
    private interface Work {
        void work() throws MetadataException;
    }

    private static void together(Look look, Work work) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        AtomicBoolean done = new AtomicBoolean();
        try {
            List<Future<Integer>> looks = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                Random random = new Random(i);
                looks.add(readers.submit(() -> {
                    int count = 0;
                    do {
                        look.look(random);
                        count++;
                    } while (!done.get());
                    return count;
                }));
            }
            try {
                work.work();
            } finally {
                done.set(true);
            }
            for (Future<Integer> result : looks) {
                assertTrue(result.get() > 0);
            }
        } finally {
            readers.shutdownNow();
        }
    }

    /** Every commit gives all keys the same value in their upper half, so that a mixture of two states is found out. */
    @Test
    void eachLookUpSeesACommittedState() throws Exception {
        ModelDevice device = ModelDevice.create("meta", BLOCKS * 8L);
        MetadataStore store =
                MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
        LongBTree tree = store.createLongTree();
        for (int key = 0; key < KEYS; key++) {
            tree.put(key * 3L, key);
        }
        store.commit();
        LongBTree.Reader reader = tree.reader();
        int commits = Soak.times(60, 1000);
        together(
                random -> {
                    long key = random.nextInt(KEYS);
                    assertEquals(key, reader.get(key * 3, -1) & 0xFFFF_FFFFL);
                    assertEquals(-1, reader.get(key * 3 + 1, -1));
                },
                () -> {
                    Random random = new Random(99);
                    for (long commit = 1; commit <= commits; commit++) {
                        for (int i = 0; i < 300; i++) {
                            long key = random.nextInt(KEYS);
                            tree.put(key * 3, (commit << 32) + key);
                        }
                        store.commit();
                    }
                });
    }

    @Test
    void aCommittedCursorSeesOneState() throws Exception {
        ModelDevice device = ModelDevice.create("meta", 8L * 8192);
        MetadataStore store =
                MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
        LongBTree tree = store.createLongTree();
        for (int key = 0; key < KEYS; key++) {
            tree.put(key, 0);
        }
        store.commit();
        int commits = Soak.times(15, 200);
        together(
                random -> {
                    try (LongCursor cursor = tree.committedCursor()) {
                        assertTrue(cursor.first());
                        long value = cursor.value();
                        int count = 1;
                        while (cursor.next()) {
                            assertEquals(value, cursor.value());
                            count++;
                        }
                        assertEquals(KEYS, count);
                    }
                },
                () -> {
                    for (long commit = 1; commit <= commits; commit++) {
                        for (int key = 0; key < KEYS; key++) {
                            tree.put(key, commit);
                        }
                        store.commit();
                    }
                });
        LittleEndian.putLong(store.superblock(), TestFormat.TREE, tree.root());
        store.commit();
        assertTrue(MetadataCheck.check(device, TestFormat.INSTANCE).isClean());
    }

    @Test
    void heldBlocksAreLetGoWhenNobodyReadsThem() throws MetadataException {
        ModelDevice device = ModelDevice.create("meta", 8L * 100);
        MetadataStore store =
                MetadataStore.format(device, TestFormat.INSTANCE, 1, StoreOptions.DEFAULT.withCacheBlocks(64));
        LongBTree tree = store.createLongTree();
        tree.put(1, 0);
        store.commit();
        LongCursor old = tree.committedCursor();
        boolean full = false;
        for (int i = 1; i < 200 && !full; i++) {
            try {
                tree.put(1, i);
                store.commit();
            } catch (MetadataException e) {
                assertEquals(MetadataException.Reason.NO_SPACE, e.reason());
                full = true;
            }
        }
        assertTrue(full, "the cursor keeps what it may read");
        assertTrue(old.first());
        assertEquals(0, old.value());
        old.close();
        store.abort();
        for (int i = 1; i < 200; i++) {
            tree.put(1, i);
            store.commit();
        }
        assertEquals(199, tree.get(1, -1));
    }

    @Test
    void anIndexShowsWhatWasPublished() throws Exception {
        LongIndex index = new LongIndex();
        TreeMap<Long, Long> model = new TreeMap<>();
        int rounds = Soak.times(300, 5000);
        together(
                random -> {
                    long key = random.nextInt(KEYS);
                    long value = index.get(key, key);
                    assertEquals(key, value % KEYS, "a value of that key");
                    assertEquals(index.get(-5, 1), 1);
                },
                () -> {
                    Random random = new Random(5);
                    for (int round = 0; round < rounds; round++) {
                        for (int i = 0; i < 100; i++) {
                            long key = random.nextInt(KEYS);
                            if (random.nextInt(3) == 0) {
                                assertEquals(model.remove(key) != null, index.remove(key));
                            } else {
                                long value = key + (long) KEYS * round;
                                assertEquals(model.put(key, value) == null, index.put(key, value));
                            }
                        }
                        index.publish();
                    }
                });
        LongCursor cursor = index.cursor();
        boolean found = cursor.first();
        for (var entry : model.entrySet()) {
            assertTrue(found);
            assertEquals(entry.getKey(), cursor.key());
            assertEquals(entry.getValue(), cursor.value());
            assertEquals(entry.getValue(), index.get(entry.getKey(), -1));
            found = cursor.next();
        }
        assertFalse(found);
        long some = model.firstKey();
        long before = index.get(some, -1);
        index.put(some, 42);
        assertEquals(before, index.get(some, -1));
        assertEquals(42, index.getUnpublished(some, -1));
        index.publish();
        assertEquals(42, index.get(some, -1));
    }
}
