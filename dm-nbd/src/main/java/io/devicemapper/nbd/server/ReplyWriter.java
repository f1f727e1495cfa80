package io.devicemapper.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * Sends the replies of one client, in any order. Whoever has a reply queues it; whoever finds nobody writing writes, all that is
 * queued at once, and never sleeps: what the socket does not take stays here until the connection thread, which alone waits for
 * the socket, calls {@link #retry}.
 */
final class ReplyWriter {
    private static final int STATUS_BLOCK_BYTES = 4096;

    private final ClientSocket socket;
    private final BufferPool pool;
    private final AtomicLong account;
    private final ReplyFormat format;
    private final IntConsumer whenQueued;

    /** The replies that nobody has looked at yet, the latest first. */
    private final AtomicReference<Reply> completed = new AtomicReference<>();

    private final ReentrantLock writing = new ReentrantLock();
    // What is to be written, from `first` on. Guarded by `writing`.
    private ByteBuffer[] messages = new ByteBuffer[64];
    private PooledBuffer[] owners = new PooledBuffer[64];
    private int first;
    private int end;

    private volatile boolean full;
    private volatile IOException broken;

    /**
     * @param whenQueued told how many requests have got their reply queued here, by any thread, never twice for one request
     */
    ReplyWriter(ClientSocket socket, BufferPool pool, AtomicLong account, ReplyFormat format, IntConsumer whenQueued) {
        this.socket = socket;
        this.pool = pool;
        this.account = account;
        this.format = format;
        this.whenQueued = whenQueued;
    }

    /** Whether the socket took no more, so that the connection thread must wait for it and call {@link #retry}. */
    boolean isFull() {
        return full;
    }

    /** Why nothing can be sent any longer; null if it can. */
    IOException broken() {
        return broken;
    }

    /** Bytes that wait to be sent. */
    long waitingBytes() {
        writing.lock();
        try {
            long bytes = 0;
            for (int i = first; i < end; i++) {
                bytes += messages[i].remaining();
            }
            return bytes;
        } finally {
            writing.unlock();
        }
    }

    /** Queues a reply and sends it, unless somebody else is at it. From any thread, without ever sleeping in the socket. */
    void complete(Reply reply) {
        Reply head;
        do {
            head = completed.get();
            reply.next = head;
        } while (!completed.compareAndSet(head, reply));
        sendCompleted(true);
    }

    /** Queues a message without sending it. */
    void append(ByteBuffer message, PooledBuffer owner) {
        writing.lock();
        try {
            enqueue(message, owner);
        } finally {
            writing.unlock();
        }
    }

    /** Sends what is queued, as far as the socket takes it. For the connection thread. */
    void send() {
        writing.lock();
        try {
            write(false);
        } finally {
            writing.unlock();
        }
        sendCompleted(false);
    }

    /** Tries again after the socket was full. For the connection thread. */
    void retry() {
        full = false;
        send();
    }

    /** Drops what is queued and whatever will be: the client gets no more replies. For the connection thread. */
    void abandon(IOException reason) {
        broken = reason;
        retry();
    }

    /** Who wrote meanwhile may have looked into the queue before the last reply came: look once more after each unlock. */
    private void sendCompleted(boolean foreignThread) {
        while (completed.get() != null && !full && writing.tryLock()) {
            try {
                write(foreignThread);
            } finally {
                writing.unlock();
            }
        }
    }

    private void write(boolean foreignThread) {
        collect();
        if (broken != null) {
            discard();
            return;
        }
        // An interrupt that somebody meant for his own work would close the channel.
        boolean interrupted = Thread.interrupted();
        try {
            while (first < end && !full) {
                long sent =
                        end - first == 1 ? socket.write(messages[first]) : socket.write(messages, first, end - first);
                dropSent();
                if (first < end && sent == 0) {
                    full = true;
                }
            }
        } catch (IOException e) {
            broken = e;
            discard();
        } catch (OutOfMemoryError e) {
            broken = new IOException("no memory to send replies", e);
            discard();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (foreignThread && (full || broken != null)) {
            socket.wakeUp();
        }
    }

    /** Turns the completed replies into messages. */
    private void collect() {
        Reply reply = completed.getAndSet(null);
        if (reply == null) {
            return;
        }
        int count = 0;
        try {
            PooledBuffer block = null;
            int blockEnd = 0;
            while (reply != null) {
                if (reply.message() != null) {
                    enqueue(reply.message(), reply.owner());
                } else {
                    if (block == null) {
                        block = pool.lend(STATUS_BLOCK_BYTES, account);
                        blockEnd = 0;
                    }
                    blockEnd += format.putStatus(
                            block.memory(), blockEnd, reply.command(), reply.cookie(), reply.error(), reply.text());
                    if (block.memory().capacity() - blockEnd < ReplyFormat.MAX_STATUS_BYTES) {
                        enqueue(block.slice(0, blockEnd), block);
                        block = null;
                    }
                }
                count++;
                reply = reply.next;
            }
            if (block != null) {
                enqueue(block.slice(0, blockEnd), block);
            }
        } catch (OutOfMemoryError e) { // of direct memory: costs this client, not the device's thread that this may be
            broken = new IOException("no memory for replies", e);
            for (; reply != null; reply = reply.next) {
                count++;
                if (reply.owner() != null) {
                    reply.owner().release();
                }
            }
        }
        whenQueued.accept(count);
    }

    private void enqueue(ByteBuffer message, PooledBuffer owner) {
        if (end == messages.length) {
            int count = end - first;
            int capacity = count > messages.length / 2 ? messages.length * 2 : messages.length;
            ByteBuffer[] movedMessages = new ByteBuffer[capacity];
            PooledBuffer[] movedOwners = new PooledBuffer[capacity];
            System.arraycopy(messages, first, movedMessages, 0, count);
            System.arraycopy(owners, first, movedOwners, 0, count);
            messages = movedMessages;
            owners = movedOwners;
            first = 0;
            end = count;
        }
        messages[end] = message;
        owners[end] = owner;
        end++;
    }

    private void dropSent() {
        while (first < end && !messages[first].hasRemaining()) {
            owners[first].release();
            messages[first] = null;
            owners[first] = null;
            first++;
        }
        if (first == end) {
            first = 0;
            end = 0;
        }
    }

    private void discard() {
        for (int i = first; i < end; i++) {
            owners[i].release();
        }
        Arrays.fill(messages, first, end, null);
        Arrays.fill(owners, first, end, null);
        first = 0;
        end = 0;
    }
}
