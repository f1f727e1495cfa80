package io.devicemapper.benchmarks.index;

import java.util.TreeMap;

final class TreeMapStore implements LongStore {
    private final TreeMap<Long, Long> map = new TreeMap<>();

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
        // Nothing of it is durable.
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
