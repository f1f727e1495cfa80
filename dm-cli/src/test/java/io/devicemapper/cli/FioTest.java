package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.DmTarget;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** fio writes and verifies through the daemon while things happen to the device below it. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FioTest {
    private static final boolean SOAK = Boolean.getBoolean("dm.soak");

    private Path folder;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsFio() throws Exception {
        folder = DaemonBed.makeFolder();
        boolean present;
        try {
            Process probe = new ProcessBuilder("fio", "--enghelp=nbd")
                    .redirectErrorStream(true)
                    .start();
            probe.getInputStream().readAllBytes();
            present = probe.waitFor() == 0;
        } catch (IOException e) {
            present = false;
        }
        Assumptions.assumeTrue(present, "fio with its nbd engine is not installed");
    }

    @AfterEach
    void cleanUp() throws Exception {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        DaemonBed.deleteFolder(folder);
    }

    /** Starts fio with random writes of 4 KiB to 1 MiB, each verified by its checksum, in two jobs on a half each. */
    private Process fio(String uri, long sectors, String... more) throws IOException {
        long half = (sectors / 2) / 8 * 8 * 512;
        List<String> command = new ArrayList<>(List.of(
                "fio",
                "--ioengine=nbd",
                "--uri=" + uri,
                "--rw=randwrite",
                "--bsrange=4k-1m",
                "--verify=crc32c",
                "--iodepth=32",
                "--size=" + half,
                "--output=" + folder.resolve("fio.log"),
                "--verify_fatal=1"));
        command.addAll(List.of(more));
        command.addAll(List.of("--name=first", "--offset=0", "--name=second", "--offset=" + half));
        Process fio = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("fio.out").toFile())
                .start();
        started.add(fio);
        return fio;
    }

    private void assertVerified(Process fio) throws Exception {
        int exit = fio.waitFor();
        assertEquals(0, exit, () -> read("fio.out") + read("fio.log"));
    }

    private String read(String file) {
        try {
            return Files.exists(folder.resolve(file)) ? Files.readString(folder.resolve(file)) : "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String uri(Home home, String export) {
        return "nbd+unix:///" + export + "?socket=" + home.nbdSocket();
    }

    @Test
    void aTableOfThreeTargetsThatNoRequestSizeDivides() throws Exception {
        try (DaemonBed bed = new DaemonBed()) {
            bed.expect("create", "vol", "--table", """
                    0     20011 linear file:a.img?size=16M 13
                    20011 24574 striped 2 11 ram:b?size=8M 7 ram:c?size=8M 1
                    44585 21001 linear ram:d?size=16M 5
                    """);
            assertVerified(fio(uri(bed.home(), "vol"), 44585 + 21001));
        }
    }

    @Test
    void tablesSwapAndAThousandSuspendsPassUnnoticed() throws Exception {
        long sectors = 65536;
        String one = "0 65536 linear ram:disk?size=64M 777";
        String two = "0 30001 linear ram:disk?size=64M 777\n30001 35535 linear ram:disk?size=64M 30778";
        try (DaemonBed bed = new DaemonBed()) {
            bed.expect("create", "vol", "--table", one);
            DeviceMapper dm = bed.daemon().mapper();
            Process fio = fio(uri(bed.home(), "vol"), sectors, "--loops=" + (SOAK ? 60 : 6));
            int cycles = 0;
            while (cycles < 1000 || fio.isAlive()) {
                dm.suspend("vol");
                if (cycles % 10 == 0) {
                    dm.load("vol", cycles % 20 == 0 ? two : one);
                }
                dm.resume("vol");
                cycles++;
            }
            assertVerified(fio);
            assertEquals(
                    1,
                    dm.targets().stream()
                            .filter(t -> t.name().equals("linear"))
                            .findFirst()
                            .orElseThrow()
                            .tablesInUse());
            assertEquals(0, dm.device("vol").orElseThrow().statistics().inFlight());
        }
    }

    @Test
    void aPluginIsUpgradedUnderLoad() throws Exception {
        long sectors = 65536;
        String table = "0 65536 plug ram:disk?size=64M 777";
        Path plugins = Files.createDirectory(folder.resolve("plugins"));
        List<Path> versions = new ArrayList<>();
        for (int version = 1; version <= (SOAK ? 40 : 8); version++) {
            PluginSource direct = PluginSource.linear("plug", version + ".0.0");
            PluginSource source = version % 2 == 0 ? onAnotherThread(direct) : direct;
            versions.add(source.drop(folder.resolve("plug-" + version + ".jar")));
        }
        try (DaemonBed bed = new DaemonBed(List.of(), DeviceMapper.builder().plugins(plugins))) {
            Path old = Files.move(versions.get(0), plugins.resolve("plug-1.jar"));
            bed.expect("create", "vol", "--table", table);
            Process fio = fio(uri(bed.home(), "vol"), sectors, "--loops=2");
            for (int version = 2; version <= versions.size(); version++) {
                MappedDevice device = bed.daemon().mapper().device("vol").orElseThrow();
                long writes = device.statistics().writes();
                while (device.statistics().writes() < writes + 50) {
                    if (!fio.isAlive()) {
                        assertVerified(fio);
                        fio = fio(uri(bed.home(), "vol"), sectors, "--loops=2");
                    }
                }
                WeakReference<ClassLoader> oldLoader = loader(bed, "vol");
                Path next = Files.move(versions.get(version - 1), plugins.resolve("plug-" + version + ".jar"));
                bed.expect("reload", "vol", "--table", table);
                bed.expect("resume", "vol");
                assertEquals("0 65536 plug " + version + ".0.0\n", bed.expect("status", "vol"));
                Files.delete(old);
                assertEquals(
                        List.of("plug             v" + version + ".0.0  API level 1, in 1 table, from " + next),
                        bed.expect("targets")
                                .lines()
                                .filter(line -> line.startsWith("plug "))
                                .toList());
                awaitCollected(oldLoader);
                old = next;
            }
            assertVerified(fio);
            assertEquals(
                    0,
                    bed.daemon()
                            .mapper()
                            .device("vol")
                            .orElseThrow()
                            .statistics()
                            .inFlight());
        }
    }

    /** The target keeps each bio and sends it on from a thread of its own. */
    private static PluginSource onAnotherThread(PluginSource direct) {
        return direct.with(
                        "return new Object[] {args.device(\"dev\"), args.sector(\"start\")};",
                        "return new Object[] {args.device(\"dev\"), args.sector(\"start\"), ti.worker(\"io\", 2)};")
                .with(
                        "return bio.remap((DmDev) ti.state()[0], (Long) ti.state()[1] + bio.sector());",
                        "((java.util.concurrent.Executor) ti.state()[2]).execute(() ->"
                                + " bio.remap((DmDev) ti.state()[0], (Long) ti.state()[1] + bio.sector()));"
                                + " return bio.submitted();");
    }

    /** The class loader of a device's target. */
    private static WeakReference<ClassLoader> loader(DaemonBed bed, String device) {
        TargetView target = bed.daemon()
                .mapper()
                .device(device)
                .orElseThrow()
                .liveTable()
                .orElseThrow()
                .targets()
                .get(0);
        return new WeakReference<>(((DmTarget<?>) target).type().getClass().getClassLoader());
    }

    private static void awaitCollected(WeakReference<ClassLoader> loader) {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (loader.get() != null) {
            assertTrue(System.nanoTime() < giveUp, "the old plugin's class loader is still reachable");
            System.gc();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                """
                0     30011 linear file:a.img?size=32M 13
                30011 30000 linear file:b.img?size=32M 7
                """,
                "0 60011 cache file:meta.img?size=4M file:fast.img?size=4M file:a.img?size=32M 64 1 writethrough lru 0",
                "0 60011 cache file:meta.img?size=4M file:fast.img?size=16M file:a.img?size=32M 64 2 metadata2 writethrough smq 0"
            })
    void whatWasFlushedSurvivesTheDaemonsDeath(String table) throws Exception {
        Files.writeString(folder.resolve("vol.dmtab"), "[vol]\n" + table);
        Home home = DaemonBed.home(folder.resolve("home"));
        Process daemon = serve();
        String uri = uri(home, "vol");
        fio(uri, 40000, "--time_based", "--runtime=600", "--loops=1000000");
        try (DeviceMapper client = DeviceMapper.open()) {
            MappedDevice probe = client.create("probe", "0 20000 linear " + uri + " 40000");
            AtomicReference<long[]> flushed = new AtomicReference<>(new long[50]);
            Thread writer = new Thread(() -> writeRounds(probe, flushed), "stamp writer");
            writer.start();
            while (flushed.get()[0] < 20) {
                Thread.onSpinWait();
            }
            daemon.destroyForcibly().waitFor(); // SIGKILL
            long[] promised = flushed.get();
            serve();
            writer.interrupt();
            writer.join();
            try (DeviceMapper second = DeviceMapper.open()) {
                MappedDevice again = second.create("again", "0 20000 linear " + uri + " 40000");
                for (int block = 0; block < promised.length; block++) {
                    ByteBuffer found = ByteBuffer.allocate(4096);
                    again.read(stampSector(block), found);
                    for (int at = 0; at < 4096; at += 8) {
                        assertTrue(
                                found.getLong(at) >= promised[block],
                                "block " + block + ": an acknowledged flush was lost");
                    }
                }
            }
            assertVerified(fio(uri, 40000));
        }
    }

    private static long stampSector(int block) {
        return block * 397L;
    }

    /** Writes each block with the round's number, flushes, notes the round as promised, and so on until interrupted. */
    private static void writeRounds(MappedDevice probe, AtomicReference<long[]> flushed) {
        try {
            for (long round = 1; !Thread.currentThread().isInterrupted(); round++) {
                long[] stamps = new long[50];
                for (int block = 0; block < stamps.length; block++) {
                    ByteBuffer data = ByteBuffer.allocate(4096);
                    for (int at = 0; at < 4096; at += 8) {
                        data.putLong(at, round);
                    }
                    probe.write(stampSector(block), data);
                    stamps[block] = round;
                }
                probe.flush();
                flushed.set(stamps);
            }
        } catch (IOException e) {
            // The flush after the break may fail: then nothing more is promised.
            System.getLogger(FioTest.class.getName())
                    .log(System.Logger.Level.DEBUG, "the last round was not flushed", e);
        }
    }

    private Process serve() throws IOException {
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Dm.class.getName(),
                        "serve",
                        "--home",
                        folder.resolve("home").toString(),
                        "--listen",
                        "unix:" + folder.resolve("home").resolve("nbd.sock"),
                        "vol.dmtab")
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(daemon);
        BufferedReader out = daemon.inputReader(UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready")) {
                return daemon;
            }
        }
        throw new AssertionError("the daemon did not start");
    }
}
