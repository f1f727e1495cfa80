package io.devicemapper.nbd.server;

import io.devicemapper.block.BlockDevice;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Serves block devices to NBD clients over TCP and Unix domain sockets: fixed newstyle negotiation, simple and structured replies,
 * {@code base:allocation}. No TLS and no authentication: whoever can connect can read and write, so listen on the loopback
 * interface or a socket in a folder of one's own.
 *
 * <pre>{@code
 * try (NbdServer server = NbdServer.builder(NbdExports.of(Map.of("disk", device)))
 *         .listen(UnixDomainSocketAddress.of("/run/user/1000/nbd.sock"))
 *         .start()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md">The NBD protocol</a>
 */
public final class NbdServer implements Closeable {
    private final NbdExports exports;
    private final int maxConnections;
    private final long handshakeNanos;
    private final long stopNanos;
    private final BufferPool buffers;
    private final List<Listener> listeners = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition clientLeft = lock.newCondition();
    // Guarded by lock.
    private final Set<ClientConnection> connections = new HashSet<>();
    private final IdentityHashMap<BlockDevice, SharedDevice> sharedDevices = new IdentityHashMap<>();
    private long clientsSoFar;
    private boolean closed;

    private NbdServer(Builder builder) {
        this.exports = builder.exports;
        this.maxConnections = builder.maxConnections;
        this.handshakeNanos = builder.handshakeTimeout.toNanos();
        this.stopNanos = builder.stopTimeout.toNanos();
        this.buffers = new BufferPool(builder.maxBufferBytes);
    }

    /** A builder for a server of some exports, which listens nowhere yet. */
    public static Builder builder(NbdExports exports) {
        return new Builder(exports);
    }

    /**
     * Where the server listens, in the order in which {@link Builder#listen} was called; with the actual port where that was 0.
     */
    public List<SocketAddress> addresses() {
        return listeners.stream().map(Listener::address).toList();
    }

    /** How many clients are connected, those in negotiation included. */
    public int connections() {
        lock.lock();
        try {
            return connections.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops: accepts no more clients, answers new requests with ESHUTDOWN, lets those under way end and their replies leave, and hangs
     * up. Connections that have not ended within the stop time-out are cut; a request that a device has not ended by then goes
     * on in the device. Idempotent. An interrupt of the calling thread ends the wait at once.
     */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Listener listener : listeners) {
            try {
                listener.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        lock.lock();
        try {
            closed = true;
            connections.forEach(ClientConnection::stop);
            awaitNoConnections(stopNanos);
            connections.forEach(ClientConnection::cut);
            // Cut connections end at once, unless a device does not let go of a request.
            awaitNoConnections(Math.min(stopNanos, TimeUnit.SECONDS.toNanos(1)));
        } catch (InterruptedException e) {
            connections.forEach(ClientConnection::cut);
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void awaitNoConnections(long timeoutNanos) throws InterruptedException {
        long leftNanos = timeoutNanos;
        while (!connections.isEmpty() && leftNanos > 0) {
            leftNanos = clientLeft.awaitNanos(leftNanos);
        }
    }

    /** Takes a client in, or closes its channel if there is no room for it. */
    void admit(SocketChannel channel, String peer) throws IOException {
        lock.lock();
        try {
            if (closed || connections.size() >= maxConnections) {
                channel.close();
                return;
            }
            clientsSoFar++;
            String holder = "NBD client " + (peer.isEmpty() ? "#" + clientsSoFar : peer);
            ClientConnection connection = new ClientConnection(this, channel, holder);
            Thread thread = new Thread(connection, holder);
            thread.setDaemon(true);
            connections.add(connection);
            try {
                thread.start();
            } catch (OutOfMemoryError e) { // the system's limit of threads
                connections.remove(connection);
                connection.discard();
                throw new IOException("no thread for " + holder, e);
            }
        } finally {
            lock.unlock();
        }
    }

    void left(ClientConnection connection) {
        lock.lock();
        try {
            connections.remove(connection);
            clientLeft.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What the clients of a device share, for one more client. */
    SharedDevice share(BlockDevice device) {
        lock.lock();
        try {
            SharedDevice shared = sharedDevices.computeIfAbsent(device, SharedDevice::new);
            shared.addClient();
            return shared;
        } finally {
            lock.unlock();
        }
    }

    void unshare(SharedDevice shared) {
        lock.lock();
        try {
            if (shared.removeClient()) {
                sharedDevices.remove(shared.device());
            }
        } finally {
            lock.unlock();
        }
    }

    NbdExports exports() {
        return exports;
    }

    BufferPool buffers() {
        return buffers;
    }

    long handshakeNanos() {
        return handshakeNanos;
    }

    /** Collects what a server needs. Not safe for use by several threads. */
    public static final class Builder {
        private static final long MIN_BUFFER_BYTES = 128L << 20;

        private final NbdExports exports;
        private final List<SocketAddress> addresses = new ArrayList<>();
        private int maxConnections = 1000;
        private Duration handshakeTimeout = Duration.ofSeconds(10);
        private Duration stopTimeout = Duration.ofSeconds(5);
        private long maxBufferBytes = Math.max(
                MIN_BUFFER_BYTES, Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 2));

        private Builder(NbdExports exports) {
            this.exports = Objects.requireNonNull(exports, "exports");
        }

        /**
         * Adds an address to listen on.
         *
         * @param address an {@link java.net.InetSocketAddress}, with port 0 for any free one, or a
         *     {@link java.net.UnixDomainSocketAddress}, whose file is made, replaced if no server listens there any more, and
         *     deleted at the end
         */
        public Builder listen(SocketAddress address) {
            addresses.add(Objects.requireNonNull(address, "address"));
            return this;
        }

        /** The most clients at a time; further ones are hung up on. 1000 by default, at least 1. */
        public Builder maxConnections(int connections) {
            if (connections < 1) {
                throw new IllegalArgumentException("at most " + connections + " connections: less than 1");
            }
            this.maxConnections = connections;
            return this;
        }

        /** How long a client may take to negotiate before it is hung up on. 10 s by default. */
        public Builder handshakeTimeout(Duration timeout) {
            this.handshakeTimeout = positive(timeout, "handshake time-out");
            return this;
        }

        /** How long {@link NbdServer#close} waits for requests under way. 5 s by default. */
        public Builder stopTimeout(Duration timeout) {
            this.stopTimeout = positive(timeout, "stop time-out");
            return this;
        }

        /**
         * The most memory outside of the heap for the payloads of all clients, in bytes, at least 128 MiB. By default half of the
         * heap's limit, from 128 MiB to 1 GiB. Each connection at work needs half a MiB besides.
         */
        public Builder maxBufferBytes(long bytes) {
            if (bytes < MIN_BUFFER_BYTES) {
                throw new IllegalArgumentException(bytes + " bytes of buffers: less than " + MIN_BUFFER_BYTES);
            }
            this.maxBufferBytes = bytes;
            return this;
        }

        /**
         * Starts to listen, on every address or none.
         *
         * @throws IOException if an address cannot be listened on; the message names it
         */
        public NbdServer start() throws IOException {
            NbdServer server = new NbdServer(this);
            try {
                for (SocketAddress address : addresses) {
                    server.listeners.add(Listener.open(address, server));
                }
            } catch (IOException | RuntimeException e) {
                try {
                    server.close();
                } catch (IOException closing) {
                    e.addSuppressed(closing);
                }
                throw e;
            }
            server.listeners.forEach(Listener::start);
            return server;
        }

        private static Duration positive(Duration timeout, String what) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException(what + " " + timeout + ": not positive");
            }
            return timeout;
        }
    }
}
