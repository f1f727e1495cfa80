package io.devicemapper.benchmarks.index;

import java.nio.file.Path;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.LongDataType;

/** MVStore with its own type for longs, a cache that holds all, and no saving between commits. */
final class MvStoreStore implements LongStore {
    private final MVStore store;
    private final MVMap<Long, Long> map;

    MvStoreStore(Path folder) {
        store = new MVStore.Builder()
                .fileName(folder.resolve("mv.db").toString())
                .cacheSize(512)
                .autoCommitDisabled()
                .autoCommitBufferSize(1 << 20)
                .open();
        map = store.openMap(
                "index",
                new MVMap.Builder<Long, Long>().keyType(LongDataType.INSTANCE).valueType(LongDataType.INSTANCE));
    }

    @Override
    public long get(long key) {
        return map.get(key);
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public long scan() {
        long sum = 0;
        for (long value : map.values()) {
            sum += value;
        }
        return sum;
    }

    @Override
    public void commit() {
        store.commit();
        store.sync();
    }

    @Override
    public void close() {
        store.closeImmediately();
    }
}
