package io.devicemapper.core.device;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Carries out flushes one at a time, and remembers a failure for good.
 *
 * <p>One at a time, since Linux reports a failed write-back to one caller of fsync alone: another one beside it would be told that
 * all is well. For good, since the pages that could not be written count as clean afterwards, so that a later fsync succeeds
 * although the data is lost.
 *
 * <p>Flushes that wait behind a running one share the next.
 *
 * @see <a href="https://wiki.postgresql.org/wiki/Fsync_Errors">Fsync errors</a>
 */
final class FlushGate {
    /** Makes what was written so far durable. */
    interface Sync {
        void sync() throws IOException;
    }

    private final Sync sync;
    private final AtomicLong requested = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();

    /** Every flush up to this number is covered by a sync that began after it was requested. Guarded by the lock. */
    private long covered;

    private volatile Throwable failure;

    FlushGate(Sync sync) {
        this.sync = sync;
    }

    /**
     * Returns when every write that had ended before the call is durable.
     *
     * @throws IOException if this flush or any earlier one failed
     */
    void flush() throws IOException {
        long ticket = requested.incrementAndGet();
        lock.lock();
        try {
            check();
            if (covered < ticket) {
                long upTo = requested.get();
                sync.sync();
                covered = upTo;
            }
        } catch (IOException | RuntimeException | Error e) {
            if (failure == null) {
                failure = e;
            }
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Passes as long as no flush has failed.
     *
     * @throws IOException once one has
     */
    void check() throws IOException {
        Throwable earlier = failure;
        if (earlier != null) {
            throw new IOException(
                    "an earlier flush failed, and what was written before it may be lost: " + earlier.getMessage(),
                    earlier);
        }
    }
}
