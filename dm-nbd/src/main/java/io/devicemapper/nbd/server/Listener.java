package io.devicemapper.nbd.server;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Accepts clients at one address, on a thread of its own. */
final class Listener implements Closeable {
    private static final System.Logger LOG = System.getLogger(Listener.class.getName());

    /** Clients that may wait to be accepted. */
    private static final int BACKLOG = 256;

    /** How long to leave a system alone that cannot accept now, for want of file descriptors say. */
    private static final long ACCEPT_RETRY_MILLIS = 100;

    /** A Unix domain socket's buffers are small by default, and every full one costs a sleep. */
    private static final int UNIX_SEND_BUFFER_BYTES = 1 << 20;

    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final NbdServer server;
    private final CountDownLatch closed = new CountDownLatch(1);

    private Listener(ServerSocketChannel channel, NbdServer server) throws IOException {
        this.channel = channel;
        this.address = channel.getLocalAddress();
        this.server = server;
    }

    static Listener open(SocketAddress address, NbdServer server) throws IOException {
        boolean unix = address instanceof UnixDomainSocketAddress;
        ServerSocketChannel channel =
                unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        try {
            if (unix) {
                removeStale(((UnixDomainSocketAddress) address).getPath());
            } else {
                // A server that is started again must not wait for the connections of the last one to time out.
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            channel.bind(address, BACKLOG);
            return new Listener(channel, server);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    /** A socket file outlives the process that made it. Nobody listens there any more if nobody answers. */
    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                || !Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther()) {
            return; // what is no socket is left alone, and bind says so
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
            throw new IOException("another server listens there");
        } catch (ConnectException e) {
            Files.deleteIfExists(path);
        }
    }

    SocketAddress address() {
        return address;
    }

    void start() {
        Thread thread = new Thread(this::accept, "nbd-accept " + address);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (closed.getCount() > 0) {
            try {
                SocketChannel client = channel.accept();
                try {
                    server.admit(prepare(client), peer(client));
                } catch (IOException | RuntimeException e) {
                    LOG.log(System.Logger.Level.WARNING, "client at " + address + " not taken in", e);
                    client.close();
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "cannot accept at " + address, e);
                pause();
            }
        }
    }

    private SocketChannel prepare(SocketChannel client) throws IOException {
        if (address instanceof UnixDomainSocketAddress) {
            client.setOption(StandardSocketOptions.SO_SNDBUF, UNIX_SEND_BUFFER_BYTES);
        } else {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }
        return client;
    }

    /** Empty for a Unix domain socket, whose clients have no address. */
    private static String peer(SocketChannel client) throws IOException {
        if (!(client.getRemoteAddress() instanceof InetSocketAddress tcp)) {
            return "";
        }
        String host = tcp.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + tcp.getPort();
    }

    private void pause() {
        try {
            if (closed.await(ACCEPT_RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        channel.close();
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }
}
