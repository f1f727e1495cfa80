package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code dm serve} as a process of its own: signals, exit statuses and what real clients see. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeProcessTest {
    private static final String MP_TEST = """
            [mp_test]
            0       1024   linear file:first.img?size=1M    1024
            1024    2048   linear file:second.img?size=1M   0
            """;

    private Path folder;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void makeFolder() throws IOException {
        folder = DaemonBed.makeFolder();
        Files.writeString(folder.resolve("mp_test.dmtab"), MP_TEST);
    }

    @AfterEach
    void cleanUp() throws Exception {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        DaemonBed.deleteFolder(folder);
    }

    private Path home() {
        return folder.resolve("home");
    }

    private Process serve(String... args) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Dm.class.getName(),
                "serve",
                "--home",
                home().toString()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).directory(folder.toFile()).start();
        started.add(process);
        return process;
    }

    private static String awaitReady(Process daemon) throws IOException {
        StringBuilder greeting = new StringBuilder();
        BufferedReader out = daemon.inputReader(UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            greeting.append(line).append('\n');
            if (line.startsWith("ready")) {
                return greeting.toString();
            }
        }
        throw new AssertionError("no daemon: " + greeting + errors(daemon));
    }

    /** Sends SIGTERM, and leaves the pipes open, which {@link Process#destroy} does not. */
    private static void terminate(Process process) {
        assertTrue(process.toHandle().destroy());
    }

    private static String errors(Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), UTF_8);
    }

    private String command(String... args) {
        DaemonBed.Result result = DaemonBed.run(Map.of("DM_HOME", home().toString()), folder, "", args);
        assertEquals(new DaemonBed.Result(0, result.output(), ""), result);
        return result.output();
    }

    private String uri() {
        return "nbd+unix:///mp_test?socket=" + home().resolve("nbd.sock");
    }

    /** Runs a client of another project; skips the test where it is not installed. */
    private String client(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort(command[0] + " is not installed");
            throw e;
        }
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    @Test
    void aTermSignalEndsItWithStatusZero() throws Exception {
        Process daemon = serve("mp_test.dmtab");
        String greeting = awaitReady(daemon);
        assertTrue(
                greeting.contains("\nmp_test  3072 sectors, 1.5 MiB\n    " + uri() + "\n    nbd://localhost"),
                greeting);
        assertTrue(greeting.contains("\nTry:  nbdinfo '" + uri() + "'\n"), greeting);
        assertTrue(greeting.contains("dm --home " + home() + " ls --tree\n"), greeting);
        assertEquals(
                "0 1024 linear file:first.img?size=1M 1024\n1024 2048 linear file:second.img?size=1M 0\n",
                command("table", "mp_test"));
        terminate(daemon);
        assertEquals(0, daemon.waitFor());
        assertEquals("", errors(daemon));
    }

    @Test
    void anInterruptEndsItWithStatusZero() throws Exception {
        Process daemon = serve();
        awaitReady(daemon);
        // A shell's background jobs ignore the signal, and so do all processes that they start.
        Assumptions.assumeFalse(ignoresInterrupt(daemon), "the tests run where SIGINT is ignored");
        client("kill", "-INT", Long.toString(daemon.pid()));
        assertEquals(0, daemon.waitFor());
    }

    private static boolean ignoresInterrupt(Process process) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return false;
        }
        long sigint = 1L << (2 - 1);
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16))
                .anyMatch(ignored -> (ignored & sigint) != 0);
    }

    @Test
    void aKilledDaemonsHomeIsTakenOver() throws Exception {
        Process first = serve("mp_test.dmtab");
        awaitReady(first);
        Process second = serve("mp_test.dmtab");
        assertEquals(1, second.waitFor());
        assertEquals(
                "dm: a daemon (process " + first.pid() + ") already serves home " + home()
                        + "; stop it, or choose another home with --home or DM_HOME\n",
                errors(second));
        first.destroyForcibly().waitFor();
        Process third = serve("mp_test.dmtab");
        awaitReady(third);
        assertTrue(command("ls").startsWith("mp_test\t"));
    }

    @Test
    void aDeviceThatFailsEndsItWithStatusOne() throws Exception {
        Files.writeString(folder.resolve("bad.dmtab"), "\n[bad]\n0 8 nosuch\n");
        Process daemon = serve("mp_test.dmtab", "bad.dmtab");
        assertTrue(daemon.waitFor(60, TimeUnit.SECONDS));
        assertEquals(1, daemon.exitValue());
        String errors = errors(daemon);
        assertTrue(errors.startsWith("dm: bad.dmtab:2: bad: table line 3: nosuch: unknown target type"), errors);
        assertEquals(1, errors.lines().count(), errors);
    }

    @Test
    void realClientsFindTheExports() throws Exception {
        Process daemon = serve("mp_test.dmtab");
        awaitReady(daemon);
        assertEquals("1572864", client("nbdinfo", "--size", uri()).strip());
        command("create", "later", "--table", "0 2048 linear ram:later?size=1M 0");
        String socket = "?socket=" + home().resolve("nbd.sock");
        assertEquals(
                "1048576",
                client("nbdinfo", "--size", "nbd+unix:///later" + socket).strip());
        String list = client("nbdinfo", "--list", "nbd+unix://" + socket);
        assertTrue(list.contains("export=\"later\"") && list.contains("export=\"mp_test\""), list);
    }

    @Test
    void dataLiesWhereTheTableSays() throws Exception {
        Process daemon = serve("mp_test.dmtab");
        awaitReady(daemon);
        byte[] content = new byte[1_572_864];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i >> 9 ^ i * 31);
        }
        Path source = Files.write(folder.resolve("source"), content);
        client("nbdcopy", source.toString(), uri());
        Path copy = folder.resolve("copy");
        client("nbdcopy", uri(), copy.toString());
        assertEquals(-1, Files.mismatch(source, copy));
        terminate(daemon);
        assertEquals(0, daemon.waitFor());
        byte[] first = Files.readAllBytes(folder.resolve("first.img"));
        byte[] second = Files.readAllBytes(folder.resolve("second.img"));
        for (int i = 0; i < 1024 * 512; i++) {
            assertEquals(content[i], first[1024 * 512 + i]);
        }
        for (int i = 0; i < 2048 * 512; i++) {
            assertEquals(content[1024 * 512 + i], second[i]);
        }
    }

    private DaemonBed.Result meta(String... args) {
        List<String> words = new ArrayList<>(List.of("meta"));
        words.addAll(List.of(args));
        return DaemonBed.run(Map.of("DM_HOME", home().toString()), folder, "", words.toArray(String[]::new));
    }

    @Test
    void metadataThatADaemonUsesIsLeftAlone() throws Exception {
        Path metadata = folder.resolve("meta.img");
        Path dump = Files.writeString(folder.resolve("dump.xml"), MetaCommandTest.DUMP);
        assertEquals(
                0,
                meta("restore", "-q", "-i", dump.toString(), "file:" + metadata + "?size=4M")
                        .exitStatus());
        Files.writeString(folder.resolve("cache.dmtab"), """
                [ca]
                0 16384 cache file:meta.img file:fast.img?size=4M file:slow.img?size=8M 128 1 writethrough cleaner 0
                """);
        Process daemon = serve(folder.resolve("cache.dmtab").toString());
        awaitReady(daemon);
        DaemonBed.Result repair = meta("repair", metadata.toString());
        assertEquals(1, repair.exitStatus(), repair::toString);
        assertEquals(1, repair.errors().lines().count(), repair::errors);
        terminate(daemon);
        assertTrue(daemon.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, meta("check", "-q", metadata.toString()).exitStatus());
    }
}
