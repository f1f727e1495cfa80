package io.devicemapper.benchmarks.index;

import java.io.IOException;

/** An ordered index of long to long, on one thread. */
interface LongStore extends AutoCloseable {
    /** The value of a key that is there. */
    long get(long key);

    void put(long key, long value);

    /** Adds up all values, in the order of the keys. */
    long scan();

    /** Makes all puts durable, and visible to gets; nothing for what is in memory alone. */
    void commit();

    @Override
    void close() throws IOException;
}
