package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.nbd.server.NbdExports;
import io.devicemapper.nbd.server.NbdServer;
import io.devicemapper.target.StatusType;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * fio writes, rewrites and verifies blocks over two NBD paths, while the paths' servers are killed and started again in turn, or stopped and let go on. No request
 * may fail, and no block may hold anything but what was acknowledged last. Two rounds by default, 50 with {@code dm.soak}.
 */
@Timeout(1800)
class RealPathsTest {
    private static final boolean SOAK = Boolean.getBoolean("dm.soak");
    private static final int ROUNDS = Integer.getInteger("dm.multipath.rounds", SOAK ? 50 : 2);
    private static final int LONGEST_OUTAGE_MILLIS = SOAK ? 5_000 : 300;
    private static final int LONGEST_STOP_MILLIS = SOAK ? 1_000 : 400;
    private static final int DISK_BYTES = 4 << 20;
    private static final String FEATURES = "7 queue_if_no_path queue_mode bio check_msecs 20 io_timeout_msecs ";

    /** Longer than a loaded machine takes for anything, so that only a server that is gone is given up. */
    private static final int PATIENT_MILLIS = 60_000;

    private static final int HASTY_MILLIS = 100;

    /** What stands at the other end. */
    enum Servers {
        ONE_NBDKIT,
        TWO_NBDKITS,
        ONE_OF_OURS
    }

    private final long seed = Long.getLong("dm.multipath.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final List<PathServer> servers = new ArrayList<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private Path folder;
    private DeviceMapper deviceMapper;
    private MappedDevice device;
    private NbdServer export;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("mp");
    }

    @AfterEach
    void close() throws Exception {
        if (export != null) {
            export.close();
        }
        if (deviceMapper != null) {
            for (PathServer server : servers) {
                server.goOn();
            }
            deviceMapper.close();
        }
        for (PathServer server : servers) {
            server.remove();
        }
        try (Stream<Path> left = Files.walk(folder).sorted(Comparator.reverseOrder())) {
            for (Path path : left.toList()) {
                Files.delete(path);
            }
        }
    }

    private void start(Servers kind, int timeoutMillis) throws Exception {
        PathServer.assumeInstalled("fio");
        Path file = Files.write(folder.resolve("disk"), new byte[DISK_BYTES]);
        Path first = folder.resolve("a");
        Path second = folder.resolve("b");
        switch (kind) {
            case ONE_NBDKIT -> {
                PathServer.assumeInstalled("nbdkit");
                servers.add(PathServer.nbdkit(first, file));
                Files.createSymbolicLink(second, first); // another name is another path
            }
            case TWO_NBDKITS -> {
                PathServer.assumeInstalled("nbdkit");
                servers.add(PathServer.nbdkit(first, file));
                servers.add(PathServer.nbdkit(second, file));
            }
            case ONE_OF_OURS -> {
                servers.add(PathServer.own(first, file)); // alone, since it locks the file
                Files.createSymbolicLink(second, first);
            }
        }
        for (PathServer server : servers) {
            server.start();
        }
        deviceMapper = DeviceMapper.open();
        device = deviceMapper.create(
                "mp",
                "0 " + DISK_BYTES / 512 + " multipath " + FEATURES + timeoutMillis + " 0 1 1 queue-length 0 2 0 "
                        + uri(first) + " " + uri(second));
        export = NbdServer.builder(NbdExports.of(Map.of("", device)))
                .listen(UnixDomainSocketAddress.of(folder.resolve("mp")))
                .start();
    }

    private static String uri(Path socket) {
        return "nbd+unix:///?socket=" + socket;
    }

    @ParameterizedTest
    @EnumSource(Servers.class)
    void serversAreKilledAndStartedAgain(Servers kind) throws Exception {
        start(kind, PATIENT_MILLIS);
        CompletableFuture<Integer> load = startLoad();
        for (int round = 0; round < ROUNDS; round++) {
            awaitWrites(load);
            List<PathServer> killed = round % 4 == 3 ? servers : List.of(servers.get(round % servers.size()));
            for (PathServer server : killed) {
                server.kill();
            }
            pause(round % 4 == 3 ? LONGEST_OUTAGE_MILLIS : LONGEST_STOP_MILLIS);
            for (PathServer server : killed) {
                server.start();
            }
            awaitAllPaths(load);
        }
        end(kind, load, "killed");
    }

    @ParameterizedTest
    @EnumSource(Servers.class)
    void serversAreStoppedAndGoOn(Servers kind) throws Exception {
        start(kind, HASTY_MILLIS);
        CompletableFuture<Integer> load = startLoad();
        for (int round = 0; round < ROUNDS; round++) {
            awaitWrites(load);
            PathServer server = servers.get(round % servers.size());
            server.stop();
            pause(LONGEST_STOP_MILLIS);
            server.goOn();
            awaitAllPaths(load);
        }
        end(kind, load, "stopped");
    }

    /** For a random time of up to so many milliseconds. */
    private void pause(int mostMillis) throws InterruptedException {
        boolean over = new CountDownLatch(1).await(1 + random.nextInt(mostMillis), TimeUnit.MILLISECONDS);
        assertFalse(over);
    }

    private String info() {
        return device.liveTable().orElseThrow().targets().get(0).status(StatusType.INFO);
    }

    /** Until fio has written a random number of blocks more. */
    private void awaitWrites(CompletableFuture<Integer> load) throws InterruptedException {
        long enough = device.statistics().writes() + 1 + random.nextInt(2_000);
        PathBed.until("writes", () -> load.isDone() || device.statistics().writes() > enough);
        if (load.isDone()) {
            load.join();
        }
    }

    private void awaitAllPaths(CompletableFuture<Integer> load) throws InterruptedException {
        PathBed.until("all paths to be back", () -> {
            if (load.isCompletedExceptionally()) {
                load.join();
            }
            return !info().contains(" F ");
        });
    }

    private void end(Servers kind, CompletableFuture<Integer> load, String what) throws Exception {
        ended.set(true);
        int runs = load.get(10, TimeUnit.MINUTES);
        assertTrue(runs > 0);
        awaitAllPaths(load);
        String figures = deviceMapper.message("mp", 0, "in_doubt");
        assertTrue(figures.startsWith("in_doubt 0 waiting 0 "), figures);
        // The figures are what the soak is run for.
        System.out.println(kind + " " + what + " " + ROUNDS + " times: " + runs + " runs of fio, "
                + device.eventNumber() + " events, " + figures + ", seed " + seed);
    }

    /** Runs fio again and again until the test is over; completes with the number of runs. */
    private CompletableFuture<Integer> startLoad() {
        return CompletableFuture.supplyAsync(() -> {
            int runs = 0;
            try {
                do {
                    fio();
                    runs++;
                } while (!ended.get());
            } catch (IOException | InterruptedException e) {
                throw new CompletionException(e);
            }
            return runs;
        });
    }

    private void fio() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "fio",
                        "--thread",
                        "--name=verify",
                        "--ioengine=nbd",
                        "--uri=" + uri(folder.resolve("mp")),
                        "--rw=randwrite",
                        "--bs=4k",
                        "--iodepth=32",
                        "--size=1M",
                        "--loops=10",
                        "--verify=crc32c",
                        "--verify_fatal=1",
                        "--verify_state_save=0")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        Assumptions.assumeFalse(output.contains("engine nbd not loadable"), "this fio has no nbd engine");
        assertEquals(0, status, () -> "seed " + seed + ", " + info() + "\n" + output);
        assertTrue(output.contains("err= 0"), () -> "seed " + seed + "\n" + output);
    }
}
