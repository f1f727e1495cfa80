package io.devicemapper.benchmarks.peers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes and folders of one comparison. All of them are gone after {@link #close}, which also runs when the JVM is told to end; and when it is
 * killed, the kernel ends the processes, though nobody is left to delete the files.
 */
final class Workspace implements AutoCloseable {
    /** Longer than any server takes to end that still can. */
    private static final int END_SECONDS = 10;

    private final Deque<Process> processes = new ArrayDeque<>();
    private final Deque<Path> folders = new ArrayDeque<>();
    private final Path logs;
    private final Thread closer = new Thread(this::close, "nbd-peers-cleanup");
    private boolean closed;

    Workspace() throws IOException {
        Runtime.getRuntime().addShutdownHook(closer);
        logs = folderIn(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Makes an empty folder. */
    synchronized Path folderIn(Path parent) throws IOException {
        Path folder = Files.createTempDirectory(parent, "nbd-peers");
        folders.push(folder);
        return folder;
    }

    /** Starts a process that runs until {@link #close}. What it prints goes to a file that {@link #logOf} reads. */
    synchronized Process start(String name, List<String> command) throws PeersException {
        if (closed) {
            throw new PeersException("interrupted");
        }
        List<String> tied = new ArrayList<>(List.of(Tool.SETPRIV.command(), "--pdeathsig", "KILL"));
        tied.addAll(command);
        File log = logFile(name).toFile();
        ProcessBuilder builder =
                new ProcessBuilder(tied).redirectErrorStream(true).redirectOutput(log);
        try {
            Process process = builder.start();
            processes.push(process);
            return process;
        } catch (IOException e) {
            throw new PeersException(name + ": " + e.getMessage(), e);
        }
    }

    /** Runs a command to its end, and returns what it printed. */
    String run(String name, int timeoutSeconds, List<String> command) throws PeersException, InterruptedException {
        Process process = start(name, command);
        if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
            stop(process);
            throw new PeersException(name + ": still running after " + timeoutSeconds + " s\n" + logOf(name));
        }
        synchronized (this) {
            processes.remove(process);
        }
        if (process.exitValue() != 0) {
            throw new PeersException(
                    String.join(" ", command) + ": exit status " + process.exitValue() + "\n" + logOf(name));
        }
        return logOf(name);
    }

    /** What the process of this name has printed. */
    String logOf(String name) {
        try {
            return Files.readString(logFile(name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(its output cannot be read: " + e.getMessage() + ")";
        }
    }

    private Path logFile(String name) {
        return logs.resolve(name.replace(' ', '-') + ".log");
    }

    private static void stop(Process process) {
        process.destroy();
        boolean interrupted = false;
        try {
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        process.destroyForcibly();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        while (!processes.isEmpty()) {
            stop(processes.pop());
        }
        while (!folders.isEmpty()) {
            delete(folders.pop());
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("left behind: " + folder, e);
        }
    }
}
