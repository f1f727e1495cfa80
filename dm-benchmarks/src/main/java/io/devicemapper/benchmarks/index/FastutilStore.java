package io.devicemapper.benchmarks.index;

import it.unimi.dsi.fastutil.longs.Long2LongAVLTreeMap;
import it.unimi.dsi.fastutil.longs.LongIterator;

final class FastutilStore implements LongStore {
    private final Long2LongAVLTreeMap map = new Long2LongAVLTreeMap();

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
        for (LongIterator values = map.values().iterator(); values.hasNext(); ) {
            sum += values.nextLong();
        }
        return sum;
    }

    @Override
    public void commit() {
        // Nothing of it is durable.
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
