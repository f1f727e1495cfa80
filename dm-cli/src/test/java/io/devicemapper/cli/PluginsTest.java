package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jars in the plugin folder of a daemon, as its operator sees them. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PluginsTest {
    private Path plugins;
    private DaemonBed bed;

    @BeforeEach
    void start() throws IOException, CliException {
        plugins = DaemonBed.makeFolder();
        bed = new DaemonBed(
                List.of(), DeviceMapper.builder().plugins(plugins).forcedRemovalWait(Duration.ofMillis(200)));
    }

    @AfterEach
    void stop() throws IOException {
        bed.close();
        DaemonBed.deleteFolder(plugins);
    }

    private MappedDevice device(String name) {
        return bed.daemon().mapper().device(name).orElseThrow();
    }

    private static FutureTask<DaemonBed.Result> inBackground(Callable<DaemonBed.Result> command) {
        FutureTask<DaemonBed.Result> task = new FutureTask<>(command);
        new Thread(task, "command").start();
        return task;
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(100_000);
        }
    }

    private List<String> targets(String begin) {
        return bed.expect("targets")
                .lines()
                .filter(line -> line.startsWith(begin))
                .toList();
    }

    @Test
    void aJarAppearsAndGoesWithoutARestart() throws Exception {
        assertEquals(List.of(), targets("plug "));
        Path jar = PluginSource.linear("plug", "1.2.3").drop(plugins.resolve("plug.jar"));
        assertEquals(List.of("plug             v1.2.3  API level 1, in 0 tables, from " + jar), targets("plug "));
        assertEquals("plug             v1.2.3\n", bed.expect("target-version", "plug"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
        assertEquals("0 8 plug 1.2.3\n", bed.expect("status", "vol"));
        Files.delete(jar);
        assertEquals(List.of("plug             v1.2.3  API level 1, in 1 table, from " + jar), targets("plug "));
        assertTrue(bed.refusal("create", "other", "--table", "0 8 plug ram:d?size=1M 3")
                .contains("plug: unknown target type"));
        bed.expect("remove", "vol");
        assertEquals(List.of(), targets("plug "));
    }

    @Test
    void versionsStandSideBySide() throws Exception {
        Path first = PluginSource.linear("plug", "1.9.0").drop(plugins.resolve("first.jar"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
        Path second = PluginSource.linear("plug", "1.10.0").drop(plugins.resolve("second.jar"));
        assertEquals(
                List.of(
                        "plug             v1.10.0  API level 1, in 0 tables, from " + second,
                        "plug             v1.9.0  API level 1, in 1 table, from " + first),
                targets("plug "));
    }

    @Test
    void aBadJarIsOneLineAndGoesWithItsFile() throws Exception {
        Path broken = Files.writeString(plugins.resolve("broken.jar"), "no jar at all");
        PluginSource plug = PluginSource.linear("plug", "1.0.0");
        Path taker = PluginSource.linear("linear", "9.0.0").drop(plugins.resolve("taker.jar"));
        Path twoLines = plug.with("return \"plug\";", "throw new RuntimeException(\"two\\n lines\");")
                .drop(plugins.resolve("two-lines.jar"));
        List<String> refused = targets("(refused) ");
        assertEquals(3, refused.size(), refused::toString);
        assertTrue(refused.get(0).startsWith("(refused)        -  " + broken + ": not a readable jar: "));
        assertTrue(refused.get(1)
                .startsWith("(refused)        -  " + taker + ": target linear is already registered from "));
        assertEquals(
                "(refused)        -  " + twoLines
                        + ": Plugin failed to say what it is: java.lang.RuntimeException: two lines",
                refused.get(2));
        plug.drop(plugins.resolve("plug.jar"));
        assertEquals(1, targets("plug ").size());
        for (Path jar : List.of(broken, taker, twoLines)) {
            Files.delete(jar);
        }
        assertEquals(List.of(), targets("(refused) "));
    }

    /** A target that keeps every bio, for ever. */
    private static PluginSource keeper() {
        return PluginSource.linear("plug", "1.0.0")
                .with(
                        "return bio.remap((DmDev) ti.state()[0], (Long) ti.state()[1] + bio.sector());",
                        "return bio.submitted();");
    }

    @Test
    void aTargetThatNeverCompletesIsRemovedByForce() throws Exception {
        Path jar = keeper().drop(plugins.resolve("plug.jar"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
        bed.expect("create", "sound", "--table", "0 8 linear ram:d?size=1M 3");
        FutureTask<DaemonBed.Result> read = inBackground(() -> {
            String failure = assertThrows(
                            BlockIoException.class, () -> device("vol").read(0, ByteBuffer.allocate(512)))
                    .getMessage();
            return new DaemonBed.Result(0, failure, "");
        });
        await(() -> device("vol").statistics().inFlight() == 1);
        FutureTask<DaemonBed.Result> suspend = inBackground(() -> bed.run("suspend", "vol"));
        bed.expect("remove", "--force", "vol");
        assertEquals("vol: READ 0+1: I/O error", read.get().output());
        DaemonBed.Result suspended = suspend.get();
        assertEquals(1, suspended.exitStatus());
        assertTrue(
                List.of(
                                "dm: vol: the wait for bios under way gave way to a forced removal\n",
                                "dm: vol: Device does not exist.\n")
                        .contains(suspended.errors()),
                suspended.errors());
        assertEquals("sound\t(253:1)\n", bed.expect("ls"));
        device("sound").write(0, ByteBuffer.allocate(512));
        Files.delete(jar);
        assertEquals(List.of(), targets("plug "));
    }

    @Test
    void anNbdClientKeepsItsDeviceWhichFailsFromThenOn() throws Exception {
        keeper().drop(plugins.resolve("plug.jar"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
        try (DeviceMapper client = DeviceMapper.open()) {
            MappedDevice probe = client.create(
                    "probe", "0 8 linear nbd+unix:///vol?socket=" + bed.home().nbdSocket() + " 0");
            CountDownLatch failed = new CountDownLatch(3);
            for (int i = 0; i < 3; i++) {
                probe.submit(Bio.read(i, ByteBuffer.allocateDirect(512), (bio, status) -> {
                    if (!status.isOk()) {
                        failed.countDown();
                    }
                }));
            }
            await(() -> device("vol").statistics().inFlight() == 3);
            String refusal = bed.refusal("remove", "--force", "vol");
            assertTrue(refusal.startsWith("dm: vol: device is busy: held by NBD client "), refusal);
            assertTrue(failed.await(20, TimeUnit.SECONDS));
            assertEquals("0 8 error \n", bed.expect("table", "vol"));
            bed.expect("reload", "vol", "--table", "0 8 linear ram:d?size=1M 3");
            bed.expect("resume", "vol");
            probe.write(1, ByteBuffer.allocateDirect(512));
        }
        bed.expect("remove", "--retry", "vol");
    }

    @Test
    void aMapThatNeverReturnsKeepsNoNameAndItsJarUntilItDoesReturn() throws Exception {
        CountDownLatch leave = new CountDownLatch(1);
        System.getProperties().put("dm.test.leave", leave);
        Path jar = PluginSource.linear("plug", "1.0.0")
                .with("return bio.remap(", """
                        try {
                          ((java.util.concurrent.CountDownLatch) System.getProperties().get("dm.test.leave")).await();
                        } catch (InterruptedException e) {
                          throw new AssertionError(e);
                        }
                        return bio.remap(""")
                .drop(plugins.resolve("plug.jar"));
        try {
            bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3");
            CountDownLatch ended = new CountDownLatch(1);
            MappedDevice device = device("vol");
            Thread submitter = new Thread(
                    () -> device.submit(Bio.read(0, ByteBuffer.allocate(512), (bio, status) -> ended.countDown())),
                    "submitter");
            submitter.start();
            await(() -> device.statistics().inFlight() == 1);
            bed.expect("remove", "--force", "vol");
            Files.delete(jar);
            assertEquals(List.of("plug             v1.0.0  API level 1, in 1 table, from " + jar), targets("plug "));
            bed.expect("create", "vol", "--table", "0 8 linear ram:d?size=1M 3");
            device("vol").write(0, ByteBuffer.allocate(512));
            leave.countDown();
            submitter.join();
            ended.await();
            await(() -> targets("plug ").isEmpty());
        } finally {
            leave.countDown();
            System.getProperties().remove("dm.test.leave");
        }
    }

    @Test
    void aTargetThatThrowsEverywhereIsToldFromTheOthers() throws Exception {
        PluginSource.linear("plug", "1.0.0")
                .with("return bio.remap(", "if (true) throw new OutOfMemoryError(\"in map\"); return bio.remap(")
                .with("return type == StatusType.INFO", "if (true) throw new Error(); return type == StatusType.INFO")
                .with("public int apiLevel()", """
                        public void dtr(DmTarget<Object[]> ti) { dtr(ti); }
                        public String message(DmTarget<Object[]> ti, TargetArgs args) {
                          throw new IllegalStateException("two\\nlines");
                        }
                        public int apiLevel()""")
                .drop(plugins.resolve("plug.jar"));
        bed.expect("create", "vol", "--table", "0 8 plug ram:d?size=1M 3\n8 8 linear ram:d?size=1M 90");
        assertThrows(BlockIoException.class, () -> device("vol").read(0, ByteBuffer.allocate(512)));
        device("vol").write(8, ByteBuffer.allocate(512));
        assertEquals("0 8 plug Error\n8 8 linear \n", bed.expect("status", "vol"));
        assertEquals(
                "dm: vol: plug: message failed: java.lang.IllegalStateException: two lines",
                bed.refusal("message", "vol", "0", "word"));
        bed.expect("remove", "--force", "vol");
        assertEquals("No devices found\n", bed.expect("ls"));
    }
}
