package io.devicemapper.nbd.client;

import io.devicemapper.block.Doubt;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import io.devicemapper.nbd.protocol.WireFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;

/**
 * The receiving thread of a device: serves its connection, and makes a new one when that breaks, for as long as the device is
 * open.
 */
final class ConnectionKeeper implements Runnable {
    private static final System.Logger LOG = System.getLogger(ConnectionKeeper.class.getName());

    private static final long FIRST_BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LAST_BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final NbdUri uri;
    private final boolean readOnly;
    private final Selector selector;
    private final RequestQueue queue;
    private final TransferBuffers buffers = TransferBuffers.allocate();
    private final Thread thread;

    /** What the server said when the device was opened: the device promises that until it is closed. */
    private final NbdExport opened;

    private volatile NbdExport current;
    private volatile boolean closed;

    // Of the receiving thread, once that has started.
    private NbdSocket socket;
    private Connection connection;
    private long backOffNanos;
    private String lastFailure;

    private ConnectionKeeper(NbdUri uri, boolean readOnly, Selector selector, NbdExport opened) {
        this.uri = uri;
        this.readOnly = readOnly;
        this.selector = selector;
        this.opened = opened;
        this.current = opened;
        this.queue = new RequestQueue(uri.requestTimeoutNanos() != NbdUri.NEVER);
        this.thread = new Thread(this, "nbd " + uri.text());
        this.thread.setDaemon(true);
    }

    /**
     * Connects and negotiates on the calling thread, then starts the receiving thread.
     *
     * @throws IOException if the export cannot be used; the message begins with the device's name
     */
    static ConnectionKeeper open(NbdUri uri, boolean readOnly) throws IOException {
        Selector selector = Selector.open();
        NbdSocket socket = null;
        try {
            socket = NbdSocket.connect(uri, selector, System.nanoTime() + uri.connectTimeoutNanos(), () -> false);
            NbdExport export = Negotiation.run(socket, uri.exportName());
            if (export.has(TransmissionFlags.READ_ONLY) && !readOnly) {
                throw new IOException("the export is read-only, and was to be opened for writing");
            }
            ConnectionKeeper keeper = new ConnectionKeeper(uri, readOnly, selector, export);
            keeper.adopt(socket, export);
            keeper.thread.start();
            return keeper;
        } catch (Throwable t) {
            try (selector) {
                if (socket != null) {
                    socket.close();
                }
            } catch (IOException e) {
                t.addSuppressed(e);
            }
            if (t instanceof IOException) {
                throw new IOException(uri.text() + ": " + t.getMessage(), t);
            }
            throw t;
        }
    }

    RequestQueue queue() {
        return queue;
    }

    /** What the server said when the device was opened. */
    NbdExport opened() {
        return opened;
    }

    /** What the server said when the current connection, or the last one, was made. */
    NbdExport current() {
        return current;
    }

    /** Whether the caller is the receiving thread, on which nobody may wait for an answer. */
    boolean isReceivingThread() {
        return Thread.currentThread() == thread;
    }

    /** Ends the connection and the thread. Waits for the thread, unless the caller is that thread. */
    void close() {
        closed = true;
        selector.wakeup();
        if (isReceivingThread()) {
            return;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void adopt(NbdSocket newSocket, NbdExport export) {
        socket = newSocket;
        current = export;
        connection = new Connection(newSocket, export, queue, buffers);
        queue.connected(connection);
    }

    @Override
    public void run() {
        try (selector) {
            // Whoever adopts a connection serves it, closed or not: that is what ends its requests.
            do {
                serve();
            } while (reconnect());
        } catch (IOException e) {
            LOG.log(Level.WARNING, () -> uri.text() + ": closing failed: " + e.getMessage());
        } finally {
            queue.close();
        }
    }

    /** Until the connection is closed, by us or the server. */
    private void serve() {
        Doubt doubt = null;
        try {
            connection.serve(uri.requestTimeoutNanos(), () -> closed);
            doubt = leave();
        } catch (GivenUpException | WireFormatException e) {
            doubt = leave();
            LOG.log(Level.WARNING, () -> uri.text() + ": connection given up: " + e.getMessage());
        } catch (IOException e) {
            doubt = LeavingConnection.isPeersEnd(e.getCause() == null ? e : e.getCause()) ? null : new Doubt();
            abandon();
            LOG.log(Level.WARNING, () -> uri.text() + ": connection lost: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            doubt = leave();
            LOG.log(Level.ERROR, () -> uri.text() + ": connection given up after an internal error", e);
        }
        queue.disconnected(doubt);
    }

    /**
     * Leaves a server that has not closed the connection.
     *
     * @return until when it may carry out writes that fail here and now; null if there are none
     */
    private Doubt leave() {
        try {
            connection.disconnect(closed);
            if (queue.hasFailFastWritesUnderWay()) {
                LeavingConnection leaving = new LeavingConnection(uri.text(), socket.release());
                leaving.start();
                return leaving.doubt();
            }
            if (closed) {
                socket.close();
            } else {
                socket.abort();
            }
            return null;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> uri.text() + ": leaving the server: " + e.getMessage());
            abandon();
            return LeavingConnection.isPeersEnd(e) ? null : new Doubt();
        }
    }

    private void abandon() {
        try {
            socket.abort();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> uri.text() + ": closing the lost connection: " + e.getMessage());
        }
    }

    /** @return true as soon as there is a connection; false if the device is closed before that */
    private boolean reconnect() {
        long downSinceNanos = System.nanoTime();
        boolean waitingRefused = false;
        lastFailure = null;
        if (connection.hasAnswered()) {
            backOffNanos = 0;
        }
        while (!closed) {
            long patienceNanos = waitingRefused || uri.reconnectTimeoutNanos() == NbdUri.NEVER
                    ? NbdUri.NEVER
                    : uri.reconnectTimeoutNanos() - (System.nanoTime() - downSinceNanos);
            if (patienceNanos <= 0) {
                LOG.log(
                        Level.ERROR,
                        () -> uri.text() + ": no connection within "
                                + TimeUnit.NANOSECONDS.toSeconds(uri.reconnectTimeoutNanos())
                                + " seconds; failing what waits");
                waitingRefused = true;
                queue.refuseWaiting();
                continue;
            }
            if (patienceNanos > backOffNanos) {
                pause(backOffNanos);
                backOffNanos = Math.min(LAST_BACK_OFF_NANOS, Math.max(FIRST_BACK_OFF_NANOS, 2 * backOffNanos));
                if (connectAgain(Math.min(uri.connectTimeoutNanos(), patienceNanos))) {
                    LOG.log(Level.INFO, () -> uri.text() + ": connected again");
                    return true;
                }
            } else {
                pause(patienceNanos);
            }
        }
        return false;
    }

    private void pause(long nanos) {
        long endNanos = System.nanoTime() + nanos;
        while (!closed && endNanos - System.nanoTime() > 0) {
            Thread.interrupted(); // none is meant for this thread, and a select would not wait
            try {
                selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private boolean connectAgain(long timeoutNanos) {
        NbdSocket attempt = null;
        try {
            attempt = NbdSocket.connect(uri, selector, System.nanoTime() + timeoutNanos, () -> closed);
            NbdExport export = Negotiation.run(attempt, uri.exportName());
            String change = opened.changeTo(export, readOnly);
            if (change == null) {
                adopt(attempt, export);
                return true;
            }
            // Another device hides behind the name now. What waits was meant for the old one.
            noteFailure("the export has changed: " + change + "; failing what waits");
            queue.refuseWaiting();
        } catch (IOException | RuntimeException e) {
            noteFailure("cannot connect again: " + e.getMessage());
        }
        closeQuietly(attempt);
        return false;
    }

    private void closeQuietly(NbdSocket attempt) {
        if (attempt == null) {
            return;
        }
        try {
            attempt.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> uri.text() + ": closing a failed connection: " + e.getMessage());
        }
    }

    /** Once for each reason: the attempts go on for as long as the server is away. */
    private void noteFailure(String failure) {
        if (!closed && !failure.equals(lastFailure)) {
            lastFailure = failure;
            LOG.log(Level.WARNING, () -> uri.text() + ": " + failure);
        }
    }
}
