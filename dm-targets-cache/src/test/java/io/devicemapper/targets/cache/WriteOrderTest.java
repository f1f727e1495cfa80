package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.HeldBios;
import io.devicemapper.testkit.RecordedBio;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Devices that carry out late what they were sent, and in an order of their own: what may be under way together, and what may not. */
class WriteOrderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROUNDS = 30;
    private static final int THREADS = 3;
    private static final int WRITES_OF_A_THREAD = 4;
    private static final int SECTORS = 3;

    private final long seed = new Random().nextLong();

    @Test
    void bothDevicesKeepTheSameOfWritesThatOverlap() throws Exception {
        Random random = new Random(seed);
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            HeldBios onCache = rig.cache.faults.hold(BioMatch.of(BioOp.WRITE));
            HeldBios onOrigin = rig.origin.faults.hold(BioMatch.of(BioOp.WRITE));
            for (int round = 0; round < ROUNDS; round++) {
                List<CompletableFuture<BioStatus>> writes = writeFromSeveralThreads(rig, random);
                while (!writes.stream().allMatch(CompletableFuture::isDone)) {
                    Rig.await(() -> onCache.count() + onOrigin.count() > 0
                            || writes.stream().allMatch(CompletableFuture::isDone));
                    onCache.releaseShuffled(random);
                    onOrigin.releaseShuffled(random);
                }
                for (CompletableFuture<BioStatus> write : writes) {
                    assertEquals(BioStatus.OK, Rig.end(write));
                }
                requireSame(rig, round);
            }
            onCache.remove();
            onOrigin.remove();
            int[] cached = read(rig);
            assertEquals(MigrationOutcome.DONE, rig.migrate(Migration.evict(1)));
            assertArrayEquals(cached, read(rig), () -> "seed " + seed);
        }
    }

    private static List<CompletableFuture<BioStatus>> writeFromSeveralThreads(Rig rig, Random random) throws Exception {
        List<FutureTask<List<CompletableFuture<BioStatus>>>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random own = new Random(random.nextLong());
            FutureTask<List<CompletableFuture<BioStatus>>> task = new FutureTask<>(() -> {
                List<CompletableFuture<BioStatus>> writes = new ArrayList<>();
                for (int k = 0; k < WRITES_OF_A_THREAD; k++) {
                    writes.add(rig.submitWrite(Rig.BLOCK + own.nextInt(SECTORS), own.nextInt()));
                }
                return writes;
            });
            threads.add(task);
            new Thread(task, "writer-" + i).start();
        }
        List<CompletableFuture<BioStatus>> all = new ArrayList<>();
        for (FutureTask<List<CompletableFuture<BioStatus>>> task : threads) {
            all.addAll(task.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
        return all;
    }

    private void requireSame(Rig rig, int round) {
        for (int sector = 0; sector < SECTORS; sector++) {
            int index = sector;
            assertArrayEquals(
                    rig.origin.medium.sector(Rig.BLOCK + sector),
                    rig.cache.medium.sector(sector),
                    () -> "seed " + seed + ", round " + round + ", sector " + index + ": the devices differ");
        }
    }

    private static int[] read(Rig rig) throws Exception {
        int[] content = new int[SECTORS];
        for (int sector = 0; sector < SECTORS; sector++) {
            content[sector] = rig.read(Rig.BLOCK + sector);
        }
        return content;
    }

    /** A flush covers what had ended when it began, and no write that came and went while it was under way. */
    @Test
    void aMarkOutlivesAFlushThatBeganBeforeTheLastWriteEnded() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 1);
            HeldBios flush = rig.origin.faults.hold(BioMatch.of(BioOp.FLUSH));
            Cache cache = rig.parts();
            FutureTask<Void> clearing = new FutureTask<>(
                    () -> cache.migrator().runAndWait(() -> cache.marks().clear(true)), null);
            new Thread(clearing, "clearing").start();
            flush.awaitCount(1, PATIENCE);
            rig.write(Rig.BLOCK, 2);
            flush.remove();
            flush.release();
            clearing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertEquals(1, cache.marks().count(), "nobody has flushed the second write");
            rig.crash();
            rig.start();
            assertEquals(0, rig.residents(), "nor could one know which side has it");
            rig.promote(1);
            rig.write(Rig.BLOCK, 3);
            Cache next = rig.parts();
            next.migrator().runAndWait(() -> next.marks().clear(true));
            assertEquals(0, next.marks().count(), "a flush that covers it");
            rig.awaitCommit();
            rig.crash();
            rig.start();
            assertEquals(1, rig.residents());
            assertEquals(3, rig.read(Rig.BLOCK));
        }
    }

    @Test
    void aBlockIsNotCopiedWhileAWriteToItIsUnderWay() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.write(3 * Rig.BLOCK, 1);
            HeldBios held = rig.origin.faults.hold(BioMatch.of(BioOp.WRITE));
            CompletableFuture<BioStatus> write = rig.submitWrite(3 * Rig.BLOCK, 2);
            held.awaitCount(1, PATIENCE);
            MigrationOutcome outcome = rig.migrate(Migration.promote(3));
            List<RecordedBio> bios = rig.origin.recorder.bios();
            // Let go before anything is held to be right: the cache cannot be closed while a write is under way.
            held.remove();
            held.release();
            assertEquals(BioStatus.OK, Rig.end(write));
            assertEquals(MigrationOutcome.REFUSED, outcome, "the end of a write is not awaited for ever");
            assertTrue(
                    bios.stream().noneMatch(bio -> bio.op() == BioOp.READ), "what was still being written was copied");
            rig.promote(3);
            assertEquals(2, rig.read(3 * Rig.BLOCK));
            assertEquals(2, rig.cache.firstByte(0));
        }
    }
}
