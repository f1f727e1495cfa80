package io.devicemapper.nbd.client;

import io.devicemapper.block.Doubt;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A connection that was given up while the server may still carry out what it has received. We send nothing more, and wait for the server to close its side, which
 * it does when it is done with our requests. Only that ends the doubt: what lies in the receive buffer of a server that has been stopped is carried out
 * when it goes on, whatever we close here.
 *
 * <p>A thread of its own waits, since this is rare and may take for ever.
 */
final class LeavingConnection implements Runnable, Closeable {
    private static final System.Logger LOG = System.getLogger(LeavingConnection.class.getName());

    private static final int DROPPED_AT_ONCE_BYTES = 64 << 10;

    private final String name;
    private final SocketChannel channel;
    private final Doubt doubt = new Doubt();

    /**
     * Takes a connection over.
     *
     * @param name the device's name, for messages
     * @param channel in blocking mode
     */
    LeavingConnection(String name, SocketChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /** Over when the server cannot carry out any more of what it received. */
    Doubt doubt() {
        return doubt;
    }

    void start() {
        Thread thread = new Thread(this, "nbd leaving " + name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void run() {
        ByteBuffer dropped = ByteBuffer.allocate(DROPPED_AT_ONCE_BYTES);
        try (channel) {
            try {
                channel.shutdownOutput();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, () -> name + ": leaving: " + e.getMessage()); // reading tells what is the matter
            }
            while (channel.read(dropped.clear()) >= 0) {
                // Replies that came too late.
            }
        } catch (IOException e) {
            if (!isPeersEnd(e)) {
                LOG.log(
                        Level.WARNING,
                        () -> name + ": nobody knows what became of writes that were lost with a connection: " + e);
                return;
            }
        }
        doubt.end();
    }

    /**
     * Whether an exception tells that the server has closed the connection. That we, or the network, gave up does not say what the server does.
     *
     * @param e what a channel threw, or we in its place
     */
    static boolean isPeersEnd(Throwable e) {
        if (e instanceof EOFException) {
            return true;
        }
        String message = String.valueOf(e.getMessage());
        return e instanceof IOException && (message.startsWith("Connection reset") || message.equals("Broken pipe"));
    }

    /** Stops waiting. What is in doubt stays so. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
