package io.devicemapper.benchmarks.index;

import io.devicemapper.persistent.LongCursor;
import io.devicemapper.persistent.LongIndex;
import io.devicemapper.persistent.MetadataException;

/** The tree in memory. */
final class LongIndexStore implements LongStore {
    private final LongIndex index = new LongIndex();

    @Override
    public long get(long key) {
        return index.get(key, -1);
    }

    @Override
    public void put(long key, long value) {
        index.put(key, value);
    }

    @Override
    public long scan() {
        try {
            long sum = 0;
            LongCursor cursor = index.cursor();
            for (boolean found = cursor.first(); found; found = cursor.next()) {
                sum += cursor.value();
            }
            return sum;
        } catch (MetadataException e) {
            throw new AssertionError("no device is involved", e);
        }
    }

    @Override
    public void commit() {
        index.publish();
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
