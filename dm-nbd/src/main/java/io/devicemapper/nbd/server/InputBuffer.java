package io.devicemapper.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** What has been received and not been looked at yet. Holds memory only while there is something. For the connection thread. */
final class InputBuffer {
    private static final int CAPACITY = 256 << 10;

    private final ClientSocket socket;
    private final BufferPool pool;
    private final AtomicLong account;
    private PooledBuffer block;
    private int begin;
    private int end;

    InputBuffer(ClientSocket socket, BufferPool pool, AtomicLong account) {
        this.socket = socket;
        this.pool = pool;
        this.account = account;
    }

    /** Bytes at hand. */
    int available() {
        return end - begin;
    }

    /** The memory that the bytes at hand are in, from {@link #begin} on. */
    ByteBuffer memory() {
        return block.memory();
    }

    int begin() {
        return begin;
    }

    /** The block that the bytes at hand are in. Who shares it has them stay there. */
    PooledBuffer block() {
        return block;
    }

    void consume(int bytes) {
        begin += bytes;
    }

    /** Moves as much as is at hand, and fits. */
    void moveTo(ByteBuffer dst) {
        int bytes = Math.min(available(), dst.remaining());
        if (bytes > 0) {
            dst.put(dst.position(), block.memory(), begin, bytes);
            dst.position(dst.position() + bytes);
            begin += bytes;
        }
    }

    /** Reads what the socket has, possibly nothing; -1 at the end of the stream. */
    int fill() throws IOException {
        int received = socket.read(freeSpace());
        end += Math.max(received, 0);
        return received;
    }

    /**
     * Reads what the socket has, first into a payload that has room left, the rest behind the bytes at hand; none may be at hand.
     * Possibly nothing; -1 at the end of the stream.
     */
    long fillBehind(ByteBuffer payload) throws IOException {
        int room = payload.remaining();
        long received = socket.read(new ByteBuffer[] {payload, freeSpace()});
        end += (int) Math.max(received - room, 0);
        return received;
    }

    private ByteBuffer freeSpace() {
        if (block == null) {
            block = pool.lend(CAPACITY, account);
        } else if (block.isShared()) {
            moveTo(pool.lend(CAPACITY, account));
        } else if (block.memory().capacity() - end < CAPACITY / 2) {
            moveTo(block);
        }
        return block.slice(end, block.memory().capacity() - end);
    }

    /** Begins again at the begin of a block, which may be the same one, with the bytes at hand. */
    private void moveTo(PooledBuffer next) {
        int bytes = available();
        next.memory().put(0, block.memory(), begin, bytes);
        if (next != block) {
            block.release();
            block = next;
        }
        begin = 0;
        end = bytes;
    }

    /** Gives the memory back if nothing is in it. */
    void shrink() {
        if (block != null && begin == end) {
            release();
        }
    }

    /** Gives the memory back. */
    void release() {
        if (block != null) {
            block.release();
            block = null;
            begin = 0;
            end = 0;
        }
    }
}
