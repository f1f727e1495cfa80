package io.devicemapper.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One client, from its arrival to its departure, on a thread of its own. Whatever it does ends this connection at most. */
final class ClientConnection implements Runnable {
    private static final System.Logger LOG = System.getLogger(ClientConnection.class.getName());

    /** How long a client may take to hang up after the server has. */
    private static final long HANG_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final NbdServer server;
    private final String holder;
    private final ClientSocket socket;
    private volatile boolean stops;

    ClientConnection(NbdServer server, SocketChannel channel, String holder) throws IOException {
        this.server = server;
        this.holder = holder;
        this.socket = new ClientSocket(channel);
    }

    /** Asks the connection to end in an orderly way, soon. From any thread. */
    void stop() {
        stops = true;
        socket.wakeUp();
    }

    /** Ends the connection. From any thread. */
    void cut() {
        stops = true;
        try {
            socket.cut();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, holder + ": closing failed", e);
        }
    }

    /** Gives up a connection whose thread was never started. */
    void discard() throws IOException {
        socket.close();
    }

    @Override
    public void run() {
        try (socket) {
            ClientSocket.Deadline deadline = new ClientSocket.Deadline(server.handshakeNanos(), "the negotiation");
            Optional<Session> session = new Handshake(socket, server.exports(), holder, deadline, () -> stops).run();
            if (session.isPresent()) {
                transmit(session.get());
            }
            hangUp();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> holder + ": connection ended: " + e.getMessage());
        } catch (Throwable t) { // a fault of ours, or of an export: it ends this connection and no other
            LOG.log(System.Logger.Level.ERROR, holder + ": connection failed", t);
        } finally {
            server.left(this);
        }
    }

    private void transmit(Session session) throws IOException {
        try {
            SharedDevice shared = server.share(session.offer().export().device());
            try {
                new Transmission(socket, session, shared, server.buffers(), () -> stops).run();
            } finally {
                server.unshare(shared);
            }
        } finally {
            try {
                session.handle().close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, holder + ": closing the export failed", e);
            }
        }
    }

    /**
     * Closing a TCP socket with unread data in it would destroy replies on their way to the client: says that no more will come, and
     * gives the client a moment to hang up by itself.
     */
    private void hangUp() throws IOException {
        socket.shutdownOutput();
        ClientSocket.Deadline deadline = new ClientSocket.Deadline(HANG_UP_NANOS, "hanging up");
        ByteBuffer dropped = ByteBuffer.allocate(4096);
        while (socket.read(dropped.clear()) >= 0 && !deadline.isOver()) {
            deadline.await(socket, SelectionKey.OP_READ);
        }
    }
}
