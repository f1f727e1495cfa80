package io.devicemapper.nbd.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A server of another project run as a process of its own. */
final class PeerServer implements AutoCloseable {
    private final Process process;
    private final SocketAddress address;
    private final Path log;

    private PeerServer(Process process, SocketAddress address, Path log) {
        this.process = process;
        this.address = address;
        this.log = log;
    }

    /** Starts {@code nbdkit} with a plugin, filters and parameters. */
    static PeerServer nbdkit(Path socket, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("nbdkit", "--foreground", "--exit-with-parent", "--unix"));
        command.add(socket.toString());
        Collections.addAll(command, arguments);
        Files.deleteIfExists(socket);
        return start(UnixDomainSocketAddress.of(socket), command);
    }

    /** Starts {@code qemu-nbd} on a raw image. */
    static PeerServer qemuNbd(Path socket, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("qemu-nbd", "--persistent", "--shared=8", "--socket"));
        command.add(socket.toString());
        Collections.addAll(command, arguments);
        Files.deleteIfExists(socket);
        return start(UnixDomainSocketAddress.of(socket), command);
    }

    /** Starts {@code nbdkit} on a TCP port of the loopback address. */
    static PeerServer nbdkitTcp(String... arguments) throws IOException {
        int port = freePort();
        List<String> command = new ArrayList<>(
                List.of("nbdkit", "--foreground", "--exit-with-parent", "--ip-addr=127.0.0.1", "--port=" + port));
        Collections.addAll(command, arguments);
        return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), command);
    }

    /** Starts {@code qemu-nbd} on a TCP port of the loopback address. */
    static PeerServer qemuNbdTcp(String... arguments) throws IOException {
        int port = freePort();
        List<String> command =
                new ArrayList<>(List.of("qemu-nbd", "--persistent", "--bind=127.0.0.1", "--port=" + port));
        Collections.addAll(command, arguments);
        return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), command);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    /** Skips the test if a command is not installed. */
    static void assumeInstalled(String command) {
        boolean found = List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
        Assumptions.assumeTrue(found, command + " is not installed");
    }

    private static PeerServer start(SocketAddress address, List<String> command) throws IOException {
        assumeInstalled(command.get(0));
        Path log = Files.createTempFile("nbd", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        PeerServer server = new PeerServer(process, address, log);
        Await.until(command + " to listen", () -> {
            if (!process.isAlive()) {
                throw new AssertionError(command + " ended with status " + process.exitValue() + ": " + server.log());
            }
            return server.accepts();
        });
        return server;
    }

    /** What the server has printed. */
    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean accepts() {
        try (SocketChannel probe = SocketChannel.open(address)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false; // not yet
        }
    }

    /** The name of its default export as a device. */
    String uri() {
        return uri("", "");
    }

    String uri(String export, String options) {
        if (address instanceof InetSocketAddress tcp) {
            return "nbd://localhost:" + tcp.getPort() + "/" + export;
        }
        return "nbd+unix:///" + export + "?socket=" + path() + options;
    }

    private Path path() {
        return ((UnixDomainSocketAddress) address).getPath();
    }

    /** Ends the process by SIGKILL, and waits for its end. */
    void kill() throws IOException {
        process.destroyForcibly();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new IOException("a killed server did not end");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        Files.delete(log);
        if (address instanceof UnixDomainSocketAddress) {
            Files.deleteIfExists(path());
        }
    }
}
