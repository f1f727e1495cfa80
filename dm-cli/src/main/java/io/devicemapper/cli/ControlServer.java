package io.devicemapper.cli;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes requests from the control socket and answers them, each connection on a thread of its own.
 *
 * <p>A client that sends garbage, stalls or leaves costs its own connection alone. Nothing of a request is ever logged: it may hold
 * keys.
 */
final class ControlServer implements Closeable {
    /** How long a client may take to send its request or to take its response. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** More commands than anybody runs at once, mostly {@code wait}; each has a thread. */
    static final int MAX_CONNECTIONS = 256;

    private static final int ACCEPT_PAUSE_MILLIS = 100;

    private static final System.Logger LOG = System.getLogger(ControlServer.class.getName());

    /** Carries out requests, several at once. */
    interface Handler {
        ControlResponse handle(ControlRequest request, Caller caller);
    }

    /** The client behind a request. */
    interface Caller {
        /**
         * Runs something that may take for ever.
         *
         * @throws InterruptedException if the client hung up or the daemon is stopping
         * @throws E if the wait failed
         */
        <T, E extends Exception> T await(Wait<T, E> wait) throws InterruptedException, E;
    }

    /** Something that may take for ever, and ends when its thread is interrupted. */
    interface Wait<T, E extends Exception> {
        T run() throws InterruptedException, E;
    }

    private final Path socket;
    private final Handler handler;
    private final Duration patience;
    private final ServerSocketChannel listener;
    private final ExecutorService workers;
    private final ScheduledExecutorService clock;
    private final Thread acceptor;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stop = new CountDownLatch(1);

    /**
     * Starts to listen.
     *
     * @param socket where to; nothing may be there yet
     * @throws IOException if that is not possible
     */
    ControlServer(Path socket, Handler handler, Duration patience) throws IOException {
        this.socket = socket;
        this.handler = handler;
        this.patience = patience;
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket));
            PosixFileAttributeView view = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
            if (view != null) {
                view.setPermissions(PosixFilePermissions.fromString("rw-------"));
            }
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        AtomicInteger number = new AtomicInteger();
        ThreadFactory threads = task -> daemon(task, "dm-control-" + number.incrementAndGet());
        workers = new ThreadPoolExecutor(0, MAX_CONNECTIONS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
        clock = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "dm-control-clock"));
        acceptor = daemon(this::acceptAll, "dm-control-accept");
        acceptor.start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void acceptAll() {
        try {
            while (listener.isOpen()) {
                try {
                    accept(listener.accept());
                } catch (ClosedChannelException e) {
                    return;
                } catch (IOException e) {
                    // Out of file descriptors, say. Some may be free in a moment.
                    LOG.log(Level.WARNING, "control socket: " + Reasons.of(e));
                    stop.await(ACCEPT_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }

    private void accept(SocketChannel channel) {
        Connection connection = new Connection(channel);
        connections.add(connection);
        try {
            workers.execute(connection);
        } catch (RejectedExecutionException e) {
            connections.remove(connection);
            refuse(channel);
        }
    }

    private static void refuse(SocketChannel channel) {
        try (channel) {
            // A response this small never waits for the client to read it.
            ControlProtocol.write(
                    channel,
                    ControlResponse.failure("the daemon is busy with " + MAX_CONNECTIONS + " commands already"));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a control connection broke: " + Reasons.of(e));
        }
    }

    /**
     * Stops: no more connections, those that wait are interrupted, the rest have as long as a client may take. Then their
     * connections are cut.
     */
    @Override
    public void close() throws IOException {
        stop.countDown();
        listener.close();
        connections.forEach(Connection::stop);
        workers.shutdown();
        boolean interrupted = false;
        try {
            workers.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        for (Connection connection : connections) {
            connection.channel.close();
        }
        clock.shutdownNow();
        Files.deleteIfExists(socket);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Connection implements Runnable, Caller {
        private final SocketChannel channel;
        // Guarded by this.
        private boolean handling;
        private boolean ended;
        private Thread waiting;
        private Thread watcher;

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void run() {
            try (channel) {
                answer();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "a control connection broke: " + Reasons.of(e));
            } catch (RuntimeException | Error e) {
                LOG.log(Level.ERROR, "a control connection failed", e);
            } finally {
                connections.remove(this);
            }
        }

        private void answer() throws IOException {
            ControlResponse response;
            try {
                ControlRequest request = receive();
                beginHandling();
                response = handle(request);
            } catch (ControlProtocol.ProtocolException e) {
                response = ControlResponse.failure("the daemon cannot read the request: " + e.getMessage());
            }
            ScheduledFuture<?> deadline = startDeadline();
            try {
                ControlProtocol.write(channel, response);
            } finally {
                deadline.cancel(false);
            }
        }

        private ControlRequest receive() throws IOException {
            ScheduledFuture<?> deadline = startDeadline();
            try {
                return ControlProtocol.readRequest(channel);
            } finally {
                deadline.cancel(false);
            }
        }

        private synchronized void beginHandling() throws ClosedChannelException {
            if (ended) {
                throw new ClosedChannelException();
            }
            handling = true;
        }

        private ControlResponse handle(ControlRequest request) {
            try {
                return handler.handle(request, this);
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a command failed in the daemon", e);
                return ControlResponse.failure("internal error, see the daemon's log: " + e);
            }
        }

        private ScheduledFuture<?> startDeadline() {
            return clock.schedule(
                    () -> {
                        LOG.log(Level.DEBUG, "a control client took too long");
                        channel.close();
                        return null;
                    },
                    patience.toNanos(),
                    TimeUnit.NANOSECONDS);
        }

        @Override
        public <T, E extends Exception> T await(Wait<T, E> wait) throws InterruptedException, E {
            synchronized (this) {
                if (ended) {
                    throw new InterruptedException();
                }
                waiting = Thread.currentThread();
                if (watcher == null) {
                    watcher = daemon(this::watch, waiting.getName() + "-watch");
                    watcher.start();
                }
            }
            try {
                return wait.run();
            } finally {
                synchronized (this) {
                    waiting = null;
                    // One that came when the wait was over belongs to nobody, and would cut the connection.
                    Thread.interrupted();
                }
            }
        }

        /** A client sends nothing after its request, so what a read returns with is the end of the connection. */
        private void watch() {
            try {
                channel.read(ByteBuffer.allocate(1));
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "a control connection broke: " + Reasons.of(e));
            }
            end();
        }

        /** The client has gone: whatever waits for its sake ends, and waits no more. */
        private synchronized void end() {
            ended = true;
            if (waiting != null) {
                waiting.interrupt();
            }
        }

        /** The server stops: a command that runs may end, one that has not arrived comes too late. */
        synchronized void stop() {
            end();
            if (!handling) {
                try {
                    channel.close();
                } catch (IOException e) {
                    LOG.log(Level.DEBUG, "a control connection broke: " + Reasons.of(e));
                }
            }
        }
    }
}
