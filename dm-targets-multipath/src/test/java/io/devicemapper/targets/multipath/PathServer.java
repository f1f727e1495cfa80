package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A server of a file in a process of its own, which can be killed, stopped and started again. */
final class PathServer {
    private final Path socket;
    private final Path log;
    private final List<String> command;
    private Process process;

    private PathServer(Path socket, List<String> command) {
        this.socket = socket;
        this.log = socket.resolveSibling(socket.getFileName() + ".log");
        this.command = command;
    }

    /** An nbdkit, which serves all connections from one process. */
    static PathServer nbdkit(Path socket, Path file) {
        return new PathServer(
                socket,
                List.of(
                        "nbdkit",
                        "--foreground",
                        "--exit-with-parent",
                        "--unix",
                        socket.toString(),
                        "file",
                        file.toString()));
    }

    /** An nbdkit that answers at most 1,000 reads a second: four at a time, and each after 4 ms. */
    static PathServer slowNbdkit(Path socket, Path file) {
        return new PathServer(
                socket,
                List.of(
                        "nbdkit",
                        "--foreground",
                        "--exit-with-parent",
                        "--unix",
                        socket.toString(),
                        "--threads=4",
                        "--filter=delay",
                        "file",
                        file.toString(),
                        "rdelay=4ms"));
    }

    /** The server of this project. */
    static PathServer own(Path socket, Path file) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new PathServer(
                socket,
                List.of(
                        java.toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OwnServerProcess.class.getName(),
                        socket.toString(),
                        file.toString()));
    }

    /** Skips the test if a tool is not installed. */
    static void assumeInstalled(String tool) {
        boolean found = List.of(System.getenv("PATH").split(":", -1)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        Assumptions.assumeTrue(found, tool + " is not installed");
    }

    /** Starts the process, and waits until it takes connections. */
    void start() throws IOException, InterruptedException {
        Files.deleteIfExists(socket);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        PathBed.until(command.get(0) + " to listen", () -> {
            assertTrue(process.isAlive(), () -> command + " ended");
            return accepts();
        });
    }

    private boolean accepts() {
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return probe.isConnected();
        } catch (IOException e) {
            return false; // not yet
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "a killed server did not end");
    }

    /** SIGSTOP. */
    void stop() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT. */
    void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process signal = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertEquals(0, signal.waitFor());
    }

    /** Ends the process, and leaves nothing behind. */
    void remove() throws IOException, InterruptedException {
        if (process != null) {
            kill();
        }
        Files.deleteIfExists(log);
        Files.deleteIfExists(socket);
    }
}
