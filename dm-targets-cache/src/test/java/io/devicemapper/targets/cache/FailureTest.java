package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.cache.Migration;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.Fault;
import io.devicemapper.testkit.HeldBios;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What fails costs cached blocks, never data: see docs/cache.md, rules f and i. */
class FailureTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SUPERBLOCK_SECTORS = 8;

    @Test
    void aWriteWhoseCacheLegFailsIsAcknowledgedWhenTheBlockIsDurablyGone() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 1);
            rig.cache.faults.fail(BioMatch.of(BioOp.WRITE), BioStatus.MEDIUM);
            HeldBios commit = rig.metadata.faults.hold(BioMatch.of(BioOp.FLUSH));
            CompletableFuture<BioStatus> write = rig.submitWrite(Rig.BLOCK, 2);
            commit.awaitCount(1, PATIENCE);
            assertFalse(write.isDone(), "after a crash now, the old content would be in a marked block");
            commit.remove();
            commit.release();
            assertEquals(BioStatus.OK, Rig.end(write));
            assertEquals(0, rig.residents());
            assertEquals(2, rig.read(Rig.BLOCK));
        }
    }

    @Test
    void aWriteWhoseOriginLegFailsFailsAndTheBlockIsGone() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 1);
            Fault fault = rig.origin.faults.fail(BioMatch.of(BioOp.WRITE), BioStatus.MEDIUM);
            assertEquals(BioStatus.MEDIUM, Rig.end(rig.submitWrite(Rig.BLOCK, 2)));
            fault.remove();
            assertEquals(0, rig.residents());
            assertEquals(1, rig.read(Rig.BLOCK));
        }
    }

    @Test
    void aReadThatTheCacheDeviceFailsIsServedByTheOrigin() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.write(Rig.BLOCK, 3);
            rig.promote(1);
            rig.cache.faults.fail(BioMatch.of(BioOp.READ), BioStatus.MEDIUM);
            assertEquals(3, rig.read(Rig.BLOCK));
            Rig.await(() -> rig.residents() == 0);
        }
    }

    @Test
    void aFailedCacheFlushCostsTheBlocksWrittenSinceTheLastOne() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.promote(2);
            rig.write(Rig.BLOCK, 3);
            Fault fault = rig.cache.faults.fail(BioMatch.of(BioOp.FLUSH), BioStatus.IO);
            rig.device().flush();
            fault.remove();
            assertEquals(1, rig.residents(), "the one that was not written stays");
            rig.crash();
            assertEquals(3, rig.origin.firstByte(Rig.BLOCK));
        }
    }

    @Test
    void aFailedOriginFlushIsReported() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 3);
            rig.origin.faults.fail(BioMatch.of(BioOp.FLUSH).nth(1), BioStatus.IO);
            assertThrows(BlockIoException.class, () -> rig.device().flush());
            assertEquals(0, rig.residents());
            rig.device().flush();
        }
    }

    @Test
    void aFlushBesideOneThatIsAboutToFailCoversNothing() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 3);
            long covered = rig.parts().flushes().covered();
            HeldBios originLeg = rig.origin.faults.hold(BioMatch.of(BioOp.FLUSH));
            rig.cache.faults.fail(BioMatch.of(BioOp.FLUSH).nth(1), BioStatus.IO);
            CompletableFuture<BioStatus> failing = rig.submit(BioOp.FLUSH, 0, 0, null);
            originLeg.awaitCount(1, PATIENCE);
            originLeg.remove();
            rig.device().flush();
            assertEquals(covered, rig.parts().flushes().covered(), "or the block's mark could go");
            originLeg.release();
            assertEquals(BioStatus.OK, Rig.end(failing));
            assertEquals(0, rig.residents());
            rig.device().flush();
            assertTrue(rig.parts().flushes().covered() > covered);
        }
    }

    @Test
    void noLegBeginsBeforeTheMarkIsDurable() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            HeldBios commit = rig.metadata.faults.hold(BioMatch.of(BioOp.FLUSH));
            CompletableFuture<BioStatus> first = rig.submitWrite(Rig.BLOCK, 2);
            CompletableFuture<BioStatus> second = rig.submitWrite(Rig.BLOCK + 1, 2);
            commit.awaitCount(1, PATIENCE);
            assertEquals(0, rig.origin.firstByte(Rig.BLOCK));
            assertEquals(0, rig.cache.firstByte(0));
            commit.remove();
            commit.release();
            assertEquals(BioStatus.OK, Rig.end(first));
            assertEquals(BioStatus.OK, Rig.end(second));
            assertTrue(rig.stats().contains(" waited_for_mark 2 "), rig.stats());
        }
    }

    @Test
    void aPromotionWaitsForWritesUnderWayAndHoldsNewOnes() throws Exception {
        try (Rig rig = new Rig().start()) {
            HeldBios held = rig.origin.faults.hold(BioMatch.of(BioOp.WRITE));
            CompletableFuture<BioStatus> before = rig.submitWrite(Rig.BLOCK, 1);
            held.awaitCount(1, PATIENCE);
            rig.script.add(Migration.promote(1));
            HeldBios copy = rig.cache.faults.hold(BioMatch.of(BioOp.WRITE));
            held.remove();
            held.release();
            assertEquals(BioStatus.OK, Rig.end(before));
            copy.awaitCount(1, PATIENCE);
            CompletableFuture<BioStatus> during = rig.submitWrite(Rig.BLOCK, 2);
            assertEquals(1, rig.origin.firstByte(Rig.BLOCK), "the write during the copy waits");
            copy.remove();
            copy.release();
            assertEquals(BioStatus.OK, Rig.end(during));
            assertEquals(2, rig.read(Rig.BLOCK));
            assertEquals(2, rig.cache.firstByte(0));
        }
    }

    @Test
    void aBlockIsOverwrittenOnlyWhenItsReadersHaveLeft() throws Exception {
        try (Rig rig = new Rig().start()) {
            for (long block = 0; block < Rig.CACHE_BLOCKS - 1; block++) {
                rig.promote(block);
            }
            HeldBios reads = rig.cache.faults.hold(BioMatch.of(BioOp.READ));
            CompletableFuture<BioStatus> read = rig.submit(BioOp.READ, 2 * Rig.BLOCK, 1, Rig.sectorOf(9));
            reads.awaitCount(1, PATIENCE);
            long promotedBefore = rig.script.outcomes().size();
            rig.script.add(Migration.replace(2, 20));
            Rig.await(() -> rig.residents() == Rig.CACHE_BLOCKS - 2);
            assertEquals(promotedBefore, rig.script.outcomes().size(), "it waits for the reader");
            reads.remove();
            reads.release();
            assertEquals(BioStatus.OK, Rig.end(read));
            Rig.await(() -> rig.residents() == Rig.CACHE_BLOCKS - 1);
        }
    }

    @Test
    void whereTheMetadataFailsTheTwinIsRaisedAndTheNextLifeBeginsEmpty() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.promote(2);
            rig.metadata.faults.fail(BioMatch.of(BioOp.WRITE), BioStatus.IO);
            rig.write(Rig.BLOCK, 5);
            assertTrue(rig.status().endsWith(" ro - "), rig.status());
            assertEquals(5, rig.read(Rig.BLOCK));
            rig.write(7 * Rig.BLOCK, 6);
            rig.crash();
            rig.metadata.faults.removeAll();
            rig.start();
            assertEquals(0, rig.residents());
            assertTrue(rig.status().endsWith(" rw - "), rig.status());
            rig.promote(1);
        }
    }

    @Test
    void whereOnlyTheSuperblockCanBeWrittenItSaysSo() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            Fault fault = rig.metadata.faults.fail(
                    BioMatch.of(BioOp.WRITE).sectors(SUPERBLOCK_SECTORS, 126 * 8), BioStatus.IO);
            long events = rig.deviceMapper().device("ca").orElseThrow().eventNumber();
            rig.write(Rig.BLOCK, 5);
            assertTrue(rig.status().endsWith(" ro needs_check "), rig.status());
            assertTrue(rig.deviceMapper().device("ca").orElseThrow().eventNumber() > events, "an event was raised");
            fault.remove();
            rig.stop();
            rig.start();
            assertEquals(0, rig.residents());
            assertTrue(rig.status().endsWith(" rw - "), rig.status());
            assertEquals(5, rig.read(Rig.BLOCK));
        }
    }

    @Test
    void whereNothingCanBeWrittenWritesToCachedBlocksFailAndTheRestGoesOn() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.write(Rig.BLOCK, 1);
            rig.promote(1);
            rig.promote(2);
            Fault metadata = rig.metadata.faults.fail(BioMatch.of(BioOp.WRITE), BioStatus.IO);
            Fault cache = rig.cache.faults.fail(BioMatch.of(BioOp.WRITE), BioStatus.IO);
            assertEquals(BioStatus.IO, Rig.end(rig.submitWrite(Rig.BLOCK, 5)));
            assertEquals("Fail", rig.status());
            assertEquals(1, rig.read(Rig.BLOCK));
            rig.write(9 * Rig.BLOCK, 6);
            assertEquals(6, rig.read(9 * Rig.BLOCK));
            cache.remove();
            Rig.await(() -> !rig.status().equals("Fail"));
            rig.write(Rig.BLOCK, 7);
            assertEquals(7, rig.read(Rig.BLOCK));
            metadata.remove();
            rig.crash();
            rig.start();
            assertEquals(0, rig.residents());
        }
    }

    @Test
    void aCacheDeviceThatIsGoneIsLeftBehindAndBeginsEmptyWhenItComesBack() throws Exception {
        try (Rig rig = new Rig().start()) {
            for (long block = 0; block < Rig.CACHE_BLOCKS - 1; block++) {
                rig.promote(block);
            }
            rig.cache.faults.fail(BioMatch.any(), BioStatus.TRANSPORT);
            for (int round = 0; round < 4; round++) {
                for (long block = 0; block < Rig.CACHE_BLOCKS - 1; block++) {
                    rig.write(block * Rig.BLOCK, 40 + round);
                    assertEquals(40 + round, rig.read(block * Rig.BLOCK));
                    rig.device().flush();
                }
            }
            assertEquals(0, rig.residents());
            rig.crash();
            rig.cache.faults.removeAll();
            rig.start();
            for (long block = 0; block < Rig.CACHE_BLOCKS - 1; block++) {
                assertEquals(43, rig.read(block * Rig.BLOCK));
            }
        }
    }
}
