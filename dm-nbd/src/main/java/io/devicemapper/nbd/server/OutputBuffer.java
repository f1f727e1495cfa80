package io.devicemapper.nbd.server;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the connection thread puts the replies that leave together: those of the requests that ended while it carried them out.
 * Holds memory only while there is something to send.
 */
final class OutputBuffer {
    private static final int CAPACITY = 256 << 10;

    /**
     * Replies are sent when there is so much of them, and not only at the end of a round: the client then works on the first ones
     * while the server works on the rest.
     */
    private static final int SEND_BYTES = 64 << 10;

    private final ReplyWriter writer;
    private final ReplyFormat format;
    private final BufferPool pool;
    private final AtomicLong account;
    private PooledBuffer block;
    private int end;

    OutputBuffer(ReplyWriter writer, ReplyFormat format, BufferPool pool, AtomicLong account) {
        this.writer = writer;
        this.format = format;
        this.pool = pool;
        this.account = account;
    }

    /**
     * Makes room behind the last reply.
     *
     * @param bytes at most half of a block
     * @return the block, to be filled from {@link #end} on
     */
    PooledBuffer reserve(int bytes) {
        if (block != null && block.memory().capacity() - end < bytes) {
            send();
        }
        if (block == null) {
            block = pool.lend(CAPACITY, account);
            end = 0;
        }
        return block;
    }

    /** Where the next reply begins. */
    int end() {
        return end;
    }

    /** What was reserved has become a reply. */
    void commit(int bytes) {
        end += bytes;
        if (end >= SEND_BYTES) {
            send();
        }
    }

    /** What was reserved belongs to somebody else from now on, who shares the block: sends what is in front of it. */
    void leaveBlock() {
        send();
        release();
    }

    /** Adds a reply without data. */
    void putStatus(int command, long cookie, int error, String text) {
        ByteBuffer memory = reserve(ReplyFormat.MAX_STATUS_BYTES).memory();
        commit(format.putStatus(memory, end, command, cookie, error, text));
    }

    /** Adds a reply that has memory of its own. */
    void put(Reply reply) {
        if (reply.message() != null) {
            writer.append(reply.message(), reply.owner());
        } else {
            putStatus(reply.command(), reply.cookie(), reply.error(), reply.text());
        }
    }

    /** Sends all replies, as far as the socket takes them; the writer keeps the rest. */
    void send() {
        if (block == null) {
            writer.send();
            return;
        }
        if (end > 0) {
            block.share();
            writer.append(block.slice(0, end), block);
        }
        writer.send();
        if (block.isShared()) {
            release();
        } else {
            end = 0;
        }
    }

    /** Gives the memory back if nothing is in it. */
    void shrink() {
        if (end == 0) {
            release();
        }
    }

    /** Gives the memory back; whoever shares it keeps it. */
    void release() {
        if (block != null) {
            block.release();
            block = null;
            end = 0;
        }
    }
}
