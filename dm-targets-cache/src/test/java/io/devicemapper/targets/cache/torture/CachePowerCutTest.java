package io.devicemapper.targets.cache.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.testkit.ModelDevice;
import io.devicemapper.testkit.PeerTool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The power goes for all three devices of a cache at one instant, while it works and while it is opened. See {@link PowerCutRun} for what must hold
 * afterwards.
 */
@Timeout(1800)
class CachePowerCutTest {
    private static final int LIVES = 4;
    private static final int THREADS = 3;

    private final long seed = Soak.seed();

    @ParameterizedTest
    @CsvSource({
        "1 writethrough, false, 110",
        "2 metadata2 writethrough, false, 110",
        "1 writethrough, true, 30",
        "2 metadata2 writethrough, true, 30"
    })
    void whatWasFlushedIsThere(String features, boolean late, int runs) throws Exception {
        AtomicInteger migrations = new AtomicInteger();
        int cuts = run(
                number ->
                        CacheBed.Setup.of(seed + number).withFeatures(features).withLateDevices(late),
                Soak.times(runs, 40 * runs),
                (bed, cut, when) -> migrations.addAndGet(bed.channel.done()));
        assertTrue(cuts >= LIVES * runs, () -> "seed " + seed);
        assertTrue(migrations.get() > cuts, () -> "seed " + seed + ": " + migrations + " migrations only");
    }

    @ParameterizedTest
    @CsvSource({"1 writethrough, false, 40", "2 metadata2 writethrough, true, 20"})
    void whatWasFlushedIsThereAlsoWhereTablesComeAndGo(String features, boolean late, int runs) throws Exception {
        AtomicInteger operations = new AtomicInteger();
        int cuts = run(
                number -> CacheBed.Setup.of(seed + number)
                        .withFeatures(features)
                        .withLateDevices(late)
                        .withOperator(),
                Soak.times(runs, 40 * runs),
                (bed, cut, when) -> operations.addAndGet(bed.operations()));
        assertTrue(cuts >= LIVES * runs, () -> "seed " + seed);
        assertTrue(operations.get() > cuts, () -> "seed " + seed + ": " + operations + " operations only");
    }

    @ParameterizedTest
    @CsvSource({"smq 0", "lru 0"})
    void theBuiltInPoliciesLoseNothingEither(String policy) throws Exception {
        run(number -> CacheBed.Setup.of(seed + number).withPolicy(policy), Soak.times(10, 400), (bed, cut, when) -> {});
    }

    @ParameterizedTest
    @CsvSource({"1 writethrough, 20", "2 metadata2 writethrough, 20"})
    void theMetadataChecksCleanAfterEachCut(String features, int runs, @TempDir Path folder) throws Exception {
        for (int i = 0; i < Soak.times(runs, 20 * runs); i++) {
            PowerCutRun.run(
                    new RealCache(), CacheBed.Setup.of(seed + i).withFeatures(features), 2, (bed, cut, when) -> {
                        ModelDevice metadata =
                                new ModelDevice("metadata", bed.metadata.medium.durable(), ModelDevice.LIMITS);
                        if (bed.image().formatted()) {
                            Path file = metadata.writeTo(folder.resolve("meta.img"));
                            PeerTool.Result checked = PeerTool.tryRun(folder, "cache_check", file.toString());
                            assertEquals(0, checked.status(), () -> when + ": " + checked.output());
                        }
                    });
        }
    }

    @Test
    void aCutInMidFormatLeavesABlankDeviceOrAGoodOne() throws Exception {
        for (int operation = 0; operation < 40; operation++) {
            try (CacheBed bed = new CacheBed(new RealCache(), CacheBed.Setup.of(seed + operation))) {
                bed.power.afterOperations(operation);
                PowerCutRun.open(bed, "seed " + seed + ", operation " + operation);
                bed.power.cut();
                bed.stop();
                bed.power.restore();
                bed.start();
                TortureIo io = new TortureIo(bed, () -> false, "seed " + seed);
                io.write(3, 5, BioFlags.NONE);
                io.await(0);
                io.readAll();
                bed.stop();
                bed.checkAtRest("seed " + seed);
            }
        }
    }

    @FunctionalInterface
    private interface Setups {
        CacheBed.Setup setup(int number);
    }

    /** Several at a time, since each waits for its cache's worker now and then. */
    private static int run(Setups setups, int runs, PowerCutRun.AfterCut afterCut) throws Exception {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger cuts = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                try {
                    for (int n = next.getAndIncrement(); n < runs; n = next.getAndIncrement()) {
                        cuts.addAndGet(PowerCutRun.run(new RealCache(), setups.setup(n), LIVES, afterCut));
                    }
                } catch (Exception | AssertionError e) {
                    next.set(runs);
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.get(0).getMessage(), failures.get(0));
        }
        return cuts.get();
    }
}
