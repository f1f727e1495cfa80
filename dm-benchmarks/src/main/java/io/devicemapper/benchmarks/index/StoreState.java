package io.devicemapper.benchmarks.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** An index with a million random keys, in a folder of its own. */
final class StoreState {
    static final int KEYS = 1_000_000;

    /** Keys come round in this order, which is not the one that they were put in. */
    private final long[] keys = new long[KEYS];

    private final Path folder;
    private final LongStore store;
    private int at;

    /** An index that holds all keys, committed. */
    StoreState(StoreKind kind) throws IOException {
        folder = Files.createTempDirectory("dm-index");
        store = kind.open(folder);
        Random random = new Random(1);
        for (int i = 0; i < KEYS; i++) {
            keys[i] = random.nextLong() >>> 1;
            store.put(keys[i], i);
        }
        store.commit();
        shuffle(random);
    }

    private void shuffle(Random random) {
        for (int i = KEYS - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            long key = keys[i];
            keys[i] = keys[other];
            keys[other] = key;
        }
    }

    LongStore store() {
        return store;
    }

    long nextKey() {
        at = at + 1 == KEYS ? 0 : at + 1;
        return keys[at];
    }

    /** Overwrites values at random. */
    void put(int count) {
        for (int i = 0; i < count; i++) {
            store.put(nextKey(), i);
        }
    }

    void delete() throws IOException {
        store.close();
        List<Path> all;
        try (Stream<Path> paths = Files.walk(folder)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
