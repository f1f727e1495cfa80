package io.devicemapper.nbd.client;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A connected socket, together with the selector that the device's receiving thread waits on.
 *
 * <p>The channel is in non-blocking mode from the first moment on. That has two reasons. An interrupt closes a channel under a
 * thread that blocks in it, and does nothing to one that does not. And a submitter that finds the socket full must not wait
 * for a server that may itself wait until somebody takes its replies.
 *
 * <p>The methods that wait are for the time of the negotiation, and for one thread.
 */
final class NbdSocket implements Closeable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final boolean tcp;
    private final long deadlineNanos;
    private final BooleanSupplier cancelled;

    private NbdSocket(
            SocketChannel channel, Selector selector, boolean tcp, long deadlineNanos, BooleanSupplier cancelled)
            throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.tcp = tcp;
        this.deadlineNanos = deadlineNanos;
        this.cancelled = cancelled;
        channel.configureBlocking(false);
        this.key = channel.register(selector, 0);
    }

    /**
     * Connects. Where a host name has several addresses, they are tried one after another.
     *
     * @param uri where to
     * @param selector belongs to the caller, who may wake it up; it has no other channel
     * @param deadlineNanos the {@link System#nanoTime} at which this and the negotiation must be over
     * @param cancelled asked before each wait; once true, the attempt is given up
     * @throws IOException if there is no connection; the message does not repeat the device's name
     */
    static NbdSocket connect(NbdUri uri, Selector selector, long deadlineNanos, BooleanSupplier cancelled)
            throws IOException {
        if (uri.socket() != null) {
            return connect(uri, UnixDomainSocketAddress.of(uri.socket()), selector, deadlineNanos, cancelled);
        }
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(uri.host());
        } catch (UnknownHostException e) {
            throw new IOException("cannot resolve the host name '" + uri.host() + "'", e);
        }
        IOException failure = null;
        for (InetAddress address : addresses) {
            try {
                return connect(uri, new InetSocketAddress(address, uri.port()), selector, deadlineNanos, cancelled);
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        throw failure;
    }

    private static NbdSocket connect(
            NbdUri uri, SocketAddress address, Selector selector, long deadlineNanos, BooleanSupplier cancelled)
            throws IOException {
        boolean tcp = address instanceof InetSocketAddress;
        SocketChannel channel = tcp ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
        NbdSocket socket = null;
        try {
            if (tcp) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            }
            socket = new NbdSocket(channel, selector, tcp, deadlineNanos, cancelled);
            if (!channel.connect(address)) {
                do {
                    socket.await(SelectionKey.OP_CONNECT);
                } while (!channel.finishConnect());
            }
            return socket;
        } catch (IOException e) {
            if (socket == null) {
                channel.close();
            } else {
                socket.close();
            }
            throw new IOException("cannot connect to " + uri.endpoint() + ": " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null || message.isEmpty()
                ? e.getClass().getSimpleName()
                : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    SocketChannel channel() {
        return channel;
    }

    Selector selector() {
        return selector;
    }

    SelectionKey key() {
        return key;
    }

    /** Fills the buffer from position to limit, and leaves it ready to be taken from. Not a byte more is read. */
    void readFully(ByteBuffer dst) throws IOException {
        while (dst.hasRemaining()) {
            int count;
            try {
                count = channel.read(dst);
            } catch (IOException e) {
                throw closedByServer(e);
            }
            if (count < 0) {
                throw closedByServer(null);
            }
            if (count == 0) {
                await(SelectionKey.OP_READ);
            }
        }
        dst.flip();
    }

    /** Sends what is left in the buffer. */
    void writeFully(ByteBuffer src) throws IOException {
        while (src.hasRemaining()) {
            int count;
            try {
                count = channel.write(src);
            } catch (IOException e) {
                throw closedByServer(e);
            }
            if (count == 0) {
                await(SelectionKey.OP_WRITE);
            }
        }
    }

    /** However the system put it: end of stream, broken pipe, connection reset. */
    private static EOFException closedByServer(IOException cause) {
        EOFException closed = new EOFException("the server closed the connection during the negotiation");
        closed.initCause(cause);
        return closed;
    }

    private void await(int operation) throws IOException {
        key.interestOps(operation);
        while (true) {
            if (cancelled.getAsBoolean()) {
                throw new IOException("given up");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted");
            }
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime() + 999_999);
            if (leftMillis <= 0) {
                throw new IOException("no answer in time");
            }
            if (selector.select(leftMillis) > 0) {
                selector.selectedKeys().clear();
                return;
            }
        }
    }

    /**
     * Closes the socket in a way that lets the system forget what it has not sent yet. On a connection that was given up, requests
     * that are still on their way must not reach the server after their repetition over the next connection.
     */
    void abort() throws IOException {
        if (tcp && channel.isOpen()) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // The socket is so broken that it holds nothing back: closing it is all that remains.
                close();
                throw e;
            }
        }
        close();
    }

    /**
     * Gives the channel away, in blocking mode; closing this socket does nothing any more.
     *
     * @throws IOException if that failed, and the channel is closed
     */
    SocketChannel release() throws IOException {
        key.cancel();
        try {
            selector.selectNow(); // only now has the selector let go
            channel.configureBlocking(true);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Closes the socket; what was written before still goes out. Idempotent. */
    @Override
    public void close() throws IOException {
        channel.close();
        // The system closes a registered channel when its selector notices, and not before.
        if (selector.isOpen()) {
            selector.selectNow();
        }
    }
}
