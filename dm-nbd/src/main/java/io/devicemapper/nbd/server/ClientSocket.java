package io.devicemapper.nbd.server;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * The socket of one client. Its connection thread reads and waits; any thread may write, and none ever sleeps in a write: a
 * client that does not read must not hold up a device's completion thread, nor the stop of the server. That is why the channel
 * is non-blocking, with a selector for this one channel: it costs one more system call for each wake-up than a blocking read.
 */
final class ClientSocket implements Closeable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    ClientSocket(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
        this.selector = Selector.open();
        this.key = channel.register(selector, 0);
    }

    /** Reads what is there, possibly nothing; -1 at the end of the stream. */
    int read(ByteBuffer dst) throws IOException {
        return channel.read(dst);
    }

    /** Reads what is there into two buffers, one after the other; -1 at the end of the stream. */
    long read(ByteBuffer[] dsts) throws IOException {
        return channel.read(dsts);
    }

    /** Writes what the socket takes now, possibly nothing. */
    int write(ByteBuffer src) throws IOException {
        return channel.write(src);
    }

    /** Writes what the socket takes now from some buffers, possibly nothing. */
    long write(ByteBuffer[] srcs, int first, int count) throws IOException {
        return channel.write(srcs, first, count);
    }

    /**
     * Waits until one of the operations is possible, {@link #wakeUp} was called, or the time is over. For the connection thread.
     *
     * @param operations {@link SelectionKey} bits; 0 waits for a wake-up alone
     * @param timeoutMillis 0 to wait for ever
     */
    void await(int operations, long timeoutMillis) throws IOException {
        try {
            if (key.interestOps() != operations) {
                key.interestOps(operations);
            }
        } catch (CancelledKeyException e) {
            if (operations != 0) {
                return; // the server cut this connection: the next read or write says so
            }
        }
        selector.select(ClientSocket::lookLater, timeoutMillis);
    }

    /** Saves the set of selected keys: with one key there is nothing to tell apart, and the next read or write finds out. */
    private static void lookLater(SelectionKey key) {}

    /** Ends the connection thread's {@link #await}, or its next one. */
    void wakeUp() {
        selector.wakeup();
    }

    /**
     * Reads until the buffer is full. For the negotiation.
     *
     * @throws EOFException if the client leaves before that
     * @throws SocketTimeoutException if the deadline passes before that
     */
    void readFully(ByteBuffer dst, Deadline deadline) throws IOException {
        while (dst.hasRemaining()) {
            int n = channel.read(dst);
            if (n < 0) {
                throw new EOFException("client left in the negotiation");
            }
            if (n == 0) {
                deadline.await(this, SelectionKey.OP_READ);
            }
        }
    }

    /** Writes the whole buffer. For the negotiation. */
    void writeFully(ByteBuffer src, Deadline deadline) throws IOException {
        while (src.hasRemaining()) {
            if (channel.write(src) == 0) {
                deadline.await(this, SelectionKey.OP_WRITE);
            }
        }
    }

    /** Tells the client that nothing more will come, and leaves what is on its way to it intact. */
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /** Cuts the connection. From any thread; the connection thread notices. */
    void cut() throws IOException {
        channel.close();
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        try (selector) {
            channel.close();
        }
    }

    /** When a wait has to end. */
    static final class Deadline {
        private final long endNanos;
        private final String what;

        Deadline(long fromNowNanos, String what) {
            this.endNanos = System.nanoTime() + fromNowNanos;
            this.what = what;
        }

        boolean isOver() {
            return System.nanoTime() - endNanos >= 0;
        }

        void await(ClientSocket socket, int operations) throws IOException {
            long leftNanos = endNanos - System.nanoTime();
            if (leftNanos <= 0) {
                throw new SocketTimeoutException(what + " took too long");
            }
            socket.await(operations, TimeUnit.NANOSECONDS.toMillis(leftNanos) + 1);
        }
    }
}
