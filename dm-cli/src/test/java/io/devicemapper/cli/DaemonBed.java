package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.core.DeviceMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A daemon inside the test, and commands that go to it through its control socket as those of a user do. */
final class DaemonBed implements AutoCloseable {
    /** Unix sockets have short paths, temporary folders of a build have not. */
    private static final Path ROOT = Path.of("/tmp");

    private final Path folder;
    private final Home home;
    private final Daemon daemon;

    DaemonBed() throws IOException, CliException {
        this(List.of(), DeviceMapper.builder());
    }

    DaemonBed(List<Dmtab> dmtabs, DeviceMapper.Builder mapper) throws IOException, CliException {
        folder = makeFolder();
        home = home(folder);
        daemon = Daemon.start(home, List.of(new ListenAddress.Unix(home.nbdSocket())), dmtabs, mapper);
    }

    static Path makeFolder() throws IOException {
        return Files.createTempDirectory(ROOT, "dm");
    }

    static Home home(Path folder) throws CliException {
        return Home.resolve(Optional.of(folder.toString()), Map.of());
    }

    static void deleteFolder(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** What a command left behind. */
    record Result(int exitStatus, String output, String errors) {}

    Daemon daemon() {
        return daemon;
    }

    Home home() {
        return home;
    }

    /** The working directory of the commands, and the home. */
    Path folder() {
        return folder;
    }

    /** Runs a command. */
    Result run(String... args) {
        return runWithInput("", args);
    }

    /** Runs a command with a text on its standard input. */
    Result runWithInput(String input, String... args) {
        return run(Map.of("DM_HOME", folder.toString()), folder, input, args);
    }

    static Result run(Map<String, String> environment, Path directory, String input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Dm dm = new Dm(
                environment,
                directory,
                new ByteArrayInputStream(input.getBytes(UTF_8)),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8));
        int exitStatus = dm.run(List.of(args));
        return new Result(exitStatus, out.toString(UTF_8), err.toString(UTF_8));
    }

    /** Runs a command that must succeed without a word on standard error; returns its output. */
    String expect(String... args) {
        return expectWithInput("", args);
    }

    /** As {@link #expect}, with a text on standard input. */
    String expectWithInput(String input, String... args) {
        Result result = runWithInput(input, args);
        assertEquals(new Result(0, result.output(), ""), result);
        return result.output();
    }

    /** Runs a command that must fail with one line on standard error and nothing else; returns the line without its end. */
    String refusal(String... args) {
        Result result = run(args);
        String line = result.errors().stripTrailing();
        assertEquals(new Result(1, "", line + "\n"), result);
        assertEquals(1, line.lines().count(), line);
        return line;
    }

    @Override
    public void close() throws IOException {
        assertEquals(List.of(), daemon.stop());
        deleteFolder(folder);
    }
}
