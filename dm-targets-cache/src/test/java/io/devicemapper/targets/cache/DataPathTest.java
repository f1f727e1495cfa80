package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.cache.Migration;
import io.devicemapper.core.DmException;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.HeldBios;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Where bios go, and what is in the cache after a restart. */
class DataPathTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void aPromotedBlockIsReadFromTheCacheAndWrittenToBoth() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.write(3 * Rig.BLOCK, 7);
            rig.promote(3);
            assertEquals(1, rig.residents());
            int originReads = rig.origin.recorder.bios().size();
            assertEquals(7, rig.read(3 * Rig.BLOCK));
            assertEquals(originReads, rig.origin.recorder.bios().size(), "the origin was not asked");
            rig.write(3 * Rig.BLOCK + 1, 8);
            assertEquals(8, rig.origin.firstByte(3 * Rig.BLOCK + 1));
            assertEquals(8, rig.cache.firstByte(1), "the first free block is the first one");
            assertEquals(8, rig.read(3 * Rig.BLOCK + 1));
        }
    }

    @Test
    void theCacheIsWarmAfterARestartAndAfterACrash() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(3);
            rig.promote(5);
            rig.stop();
            rig.start();
            assertEquals(2, rig.residents());
            rig.write(5 * Rig.BLOCK, 9);
            rig.crash();
            rig.start();
            assertEquals(1, rig.residents(), "the block that was being written is dropped");
            rig.promote(5);
            assertEquals(2, rig.residents());
        }
    }

    @Test
    void anotherDeviceDoesNotGetTheSameMetadata() throws Exception {
        try (Rig rig = new Rig().start()) {
            DmException refusal = assertThrows(
                    DmException.class, () -> rig.deviceMapper().create("other", rig.table("1 writethrough")));
            assertTrue(refusal.getMessage().contains("metadata is in use by the cache ca"), refusal.getMessage());
        }
    }

    @Test
    void aNewTableTakesTheCacheOver() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.promote(2);
            rig.write(Rig.BLOCK, 6);
            rig.deviceMapper().load("ca", rig.table("1 writethrough"));
            rig.promote(3);
            rig.write(3 * Rig.BLOCK, 7);
            rig.deviceMapper().resume("ca");
            assertEquals(3, rig.residents(), "a stop in good order drops nothing");
            assertEquals(6, rig.read(Rig.BLOCK));
            assertEquals(7, rig.read(3 * Rig.BLOCK));
            rig.deviceMapper().suspend("ca");
            rig.deviceMapper().resume("ca");
            assertEquals(3, rig.residents());
            rig.promote(4);
        }
    }

    @Test
    void anEvictedBlockMakesRoom() throws Exception {
        try (Rig rig = new Rig().start()) {
            for (int block = 0; block < Rig.CACHE_BLOCKS - 1; block++) {
                rig.promote(block);
            }
            rig.write(20 * Rig.BLOCK, 4);
            rig.migrate(Migration.replace(2, 20));
            assertEquals(Rig.CACHE_BLOCKS - 1, rig.residents());
            assertEquals(4, rig.read(20 * Rig.BLOCK));
        }
    }

    @Test
    void overlappingWritesToACachedBlockRunOneAfterAnother() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 1);
            HeldBios held = rig.cache.faults.hold(BioMatch.of(BioOp.WRITE));
            CompletableFuture<BioStatus> first = rig.submitWrite(Rig.BLOCK, 2);
            CompletableFuture<BioStatus> second = rig.submitWrite(Rig.BLOCK, 3);
            CompletableFuture<BioStatus> other = rig.submitWrite(Rig.BLOCK + 1, 4);
            held.awaitCount(2, PATIENCE);
            assertEquals(2, rig.origin.firstByte(Rig.BLOCK), "the second one has not gone to the origin");
            assertFalse(first.isDone() || second.isDone() || other.isDone());
            held.remove();
            held.release();
            assertEquals(BioStatus.OK, Rig.end(first));
            assertEquals(BioStatus.OK, Rig.end(second));
            assertEquals(BioStatus.OK, Rig.end(other));
            assertEquals(3, rig.origin.firstByte(Rig.BLOCK));
            assertEquals(3, rig.read(Rig.BLOCK));
            assertTrue(rig.stats().contains(" waited_for_overlap 1 "), rig.stats());
        }
    }

    @Test
    void aDiscardDropsWhatIsCachedOfItsRange() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.write(Rig.BLOCK, 1);
            rig.promote(1);
            rig.promote(2);
            rig.promote(4);
            assertEquals(BioStatus.OK, Rig.end(rig.submit(BioOp.DISCARD, Rig.BLOCK, 2 * Rig.BLOCK, null)));
            assertEquals(1, rig.residents());
            assertEquals(0, rig.read(Rig.BLOCK));
        }
    }

    @Test
    void zeroesAreWrittenToBothSides() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.write(Rig.BLOCK, 1);
            rig.promote(1);
            assertEquals(BioStatus.OK, Rig.end(rig.submit(BioOp.WRITE_ZEROES, Rig.BLOCK, 4, null)));
            assertEquals(1, rig.residents());
            assertEquals(0, rig.read(Rig.BLOCK));
            assertEquals(0, rig.origin.firstByte(Rig.BLOCK));
            assertEquals(BioStatus.OK, Rig.end(rig.submit(BioOp.WRITE_ZEROES, Rig.BLOCK + 1, 2 * Rig.BLOCK, null)));
            assertEquals(0, rig.residents(), "more than a block drops what is cached");
        }
    }

    @Test
    void passthroughReadsTheOriginAndDropsWhatIsWritten() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.promote(2);
            rig.stop();
            rig.start("1 passthrough");
            assertEquals(2, rig.residents());
            assertEquals(0, rig.read(Rig.BLOCK));
            rig.write(Rig.BLOCK, 5);
            assertEquals(1, rig.residents());
            assertEquals(5, rig.read(Rig.BLOCK));
            assertEquals("", rig.deviceMapper().message("ca", 0, "invalidate_cblocks 0-8"));
            assertEquals(0, rig.residents());
        }
    }

    @Test
    void aMessageEmptiesTheCache() throws Exception {
        try (Rig rig = new Rig().start("2 metadata2 writethrough")) {
            rig.promote(1);
            rig.promote(2);
            rig.write(Rig.BLOCK, 3);
            assertEquals("", rig.deviceMapper().message("ca", 0, "drop"));
            assertEquals(0, rig.residents());
            assertEquals(3, rig.read(Rig.BLOCK));
            Rig.await(() -> rig.script.removed().size() == 2);
        }
    }
}
