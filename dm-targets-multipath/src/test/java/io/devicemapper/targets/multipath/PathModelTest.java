package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random histories of paths that stop, go on, die and come back, against a model of what the disk holds. */
@Timeout(300)
class PathModelTest {
    private static final boolean SOAK = Boolean.getBoolean("dm.soak");
    private static final String[] PATHS = {"a", "b", "c"};
    private static final int WRITERS = 4;
    private static final int SECTORS_OF_WRITER = 8;

    private final long seed = Long.getLong("dm.multipath.seed", new Random().nextLong());

    /** One thread, one bio at a time, so that it can be told at each moment which paths have failed. */
    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "queue-length", "service-time", "historical-service-time", "io-affinity"})
    void noBioTakesAFailedPath(String selector) throws Exception {
        Random random = new Random(seed);
        AtomicReference<String> breach = new AtomicReference<>();
        boolean affinity = selector.equals("io-affinity");
        String args = affinity ? " 0 2 1 a 1 b 2 " : " 0 2 0 a b ";
        try (PathBed bed = new PathBed()) {
            bed.create(
                    "1 queue_if_no_path 0 2 1 " + selector + args + selector + (affinity ? " 0 1 1 c 1" : " 0 1 0 c"));
            boolean[] failed = new boolean[PATHS.length];
            for (int i = 0; i < PATHS.length; i++) {
                int path = i;
                bed.path(PATHS[i]).observe(bio -> {
                    if (failed[path]) {
                        breach.set(bio + " on " + PATHS[path]);
                    }
                });
            }
            List<PathBed.Outcome> open = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                int path = random.nextInt(PATHS.length);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        bed.message("fail_path " + PATHS[path]);
                        failed[path] = true;
                    }
                    case 1 -> {
                        failed[path] = false;
                        bed.message("reinstate_path " + PATHS[path]);
                    }
                    default -> open.add(bed.write(random.nextInt(PathBed.SECTORS), i));
                }
            }
            failed[0] = false;
            bed.message("reinstate_path a");
            for (PathBed.Outcome outcome : open) {
                assertEquals(BioStatus.OK, outcome.await(), "seed " + seed);
            }
            assertEquals(null, breach.get(), "seed " + seed);
        }
    }

    /** Several writers, each with sectors of its own, while the paths change at random moments. Every bio succeeds, and the last acknowledged write wins. */
    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "queue-length", "service-time", "historical-service-time"})
    void theLastAcknowledgedWriteWins(String selector) throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("5 queue_if_no_path io_timeout_msecs 5 check_msecs 1 0 2 1 " + selector + " 0 2 0 a b "
                    + selector + " 0 1 0 c");
            AtomicLong roundsLeft = new AtomicLong(SOAK ? 2_000_000 : 4_000);
            ScheduledExecutorService chaos = Executors.newSingleThreadScheduledExecutor();
            ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
            try {
                Random random = new Random(seed);
                var changes = chaos.scheduleWithFixedDelay(
                        () -> change(bed.path(PATHS[random.nextInt(PATHS.length)]), random),
                        1,
                        1,
                        TimeUnit.MILLISECONDS);
                List<CompletableFuture<Void>> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    Writer writer = new Writer(bed, i, roundsLeft);
                    writers.add(CompletableFuture.runAsync(writer::run, task -> new Thread(task, "writer").start())
                            .whenComplete((done, failure) -> {
                                if (failure != null) {
                                    failures.add(failure);
                                }
                            }));
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get(280, TimeUnit.SECONDS);
                }
                changes.cancel(false);
            } finally {
                chaos.shutdown();
                assertTrue(chaos.awaitTermination(60, TimeUnit.SECONDS));
            }
            assertEquals(List.of(), List.copyOf(failures), "seed " + seed);
            for (String path : PATHS) {
                bed.path(path).goOn();
                bed.path(path).connect();
            }
            PathBed.until("all paths to be back", () -> !bed.info().contains(" F "));
        }
    }

    private static void change(FakePath path, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> path.stop();
            case 1 -> path.giveUp();
            case 2 -> path.die();
            case 3 -> path.goOn();
            default -> {
                path.goOn();
                path.connect();
            }
        }
    }

    /** Writes, rewrites and reads sectors that nobody else touches. */
    private final class Writer {
        private final PathBed bed;
        private final int number;
        private final AtomicLong roundsLeft;
        private final Random random;
        private final int[] model = new int[SECTORS_OF_WRITER];

        Writer(PathBed bed, int number, AtomicLong roundsLeft) {
            this.bed = bed;
            this.number = number;
            this.roundsLeft = roundsLeft;
            this.random = new Random(seed + number);
        }

        void run() {
            try {
                while (roundsLeft.decrementAndGet() >= 0) {
                    int index = random.nextInt(SECTORS_OF_WRITER);
                    long sector = (long) number * SECTORS_OF_WRITER + index;
                    if (random.nextInt(3) == 0) {
                        check(sector, index);
                    } else if (random.nextInt(8) == 0) {
                        assertEquals(
                                BioStatus.OK,
                                bed.submit(BioOp.WRITE_ZEROES, BioFlags.NONE, sector, 1, null)
                                        .await(),
                                "seed " + seed);
                        model[index] = 0;
                    } else {
                        int value = 1 + random.nextInt(100);
                        assertEquals(BioStatus.OK, bed.write(sector, value).await(), "seed " + seed);
                        model[index] = value;
                    }
                }
                for (int index = 0; index < SECTORS_OF_WRITER; index++) {
                    check((long) number * SECTORS_OF_WRITER + index, index);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void check(long sector, int index) throws InterruptedException {
            ByteBuffer content = ByteBuffer.allocate(Bio.SECTOR_SIZE);
            assertEquals(
                    BioStatus.OK,
                    bed.submit(BioOp.READ, BioFlags.NONE, sector, 1, content).await(),
                    "seed " + seed);
            for (int i = 0; i < Bio.SECTOR_SIZE; i++) {
                assertEquals(model[index], content.get(i), "sector " + sector + ", seed " + seed);
            }
        }
    }
}
