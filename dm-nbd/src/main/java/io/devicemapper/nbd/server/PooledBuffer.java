package io.devicemapper.nbd.server;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A block of direct memory that a {@link BufferPool} lends, and that goes back there when its last user lets go. */
final class PooledBuffer {
    private final BufferPool pool;
    private final ByteBuffer memory;
    private final int shift;
    private final AtomicInteger users = new AtomicInteger();
    private AtomicLong account;
    private volatile boolean abandoned;

    PooledBuffer(BufferPool pool, ByteBuffer memory, int shift) {
        this.pool = pool;
        this.memory = memory;
        this.shift = shift;
    }

    int shift() {
        return shift;
    }

    void lentTo(AtomicLong account) {
        this.account = account;
        users.setPlain(1);
    }

    /** The whole block, for absolute access: its position and limit never move. */
    ByteBuffer memory() {
        return memory;
    }

    /** A view of a part, for a device or the socket. */
    ByteBuffer slice(int begin, int bytes) {
        return memory.slice(begin, bytes);
    }

    /** Counts one more user. */
    void share() {
        users.incrementAndGet();
    }

    /** Whether anybody uses this block besides the caller, or may do so for ever. */
    boolean isShared() {
        return abandoned || users.get() > 1;
    }

    /** Somebody who is no user of this block may read from it and write to it from now on: it is never lent again. */
    void abandon() {
        abandoned = true;
    }

    /** Counts one user less, and gives the block back with the last one. */
    void release() {
        if (users.getAcquire() == 1 || users.decrementAndGet() == 0) {
            pool.giveBack(this, account, !abandoned);
        }
    }
}
