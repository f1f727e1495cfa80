package io.devicemapper.benchmarks.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;

/** LMDB with integer keys, in one transaction from commit to commit: gets are made in it as long as nothing was put. */
final class LmdbStore implements LongStore {
    private static final long MAP_BYTES = 1L << 30;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> dbi;
    private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    private final ByteBuffer value = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    private Txn<ByteBuffer> reading;
    private Txn<ByteBuffer> writing;

    LmdbStore(Path folder) {
        env = Env.create().setMapSize(MAP_BYTES).setMaxDbs(1).open(folder.toFile());
        dbi = env.openDbi("index", DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
    }

    @Override
    public long get(long wanted) {
        if (reading == null) {
            reading = env.txnRead();
        }
        key.putLong(0, wanted);
        return dbi.get(reading, key).order(ByteOrder.nativeOrder()).getLong(0);
    }

    @Override
    public void put(long newKey, long newValue) {
        if (writing == null) {
            endReading();
            writing = env.txnWrite();
        }
        key.putLong(0, newKey);
        value.putLong(0, newValue);
        dbi.put(writing, key, value);
    }

    @Override
    public long scan() {
        if (reading == null) {
            reading = env.txnRead();
        }
        long sum = 0;
        try (CursorIterable<ByteBuffer> entries = dbi.iterate(reading)) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                sum += entry.val().order(ByteOrder.nativeOrder()).getLong(0);
            }
        }
        return sum;
    }

    @Override
    public void commit() {
        if (writing != null) {
            writing.commit();
            writing.close();
            writing = null;
        }
    }

    private void endReading() {
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }

    @Override
    public void close() {
        endReading();
        if (writing != null) {
            writing.close();
        }
        env.close();
    }
}
