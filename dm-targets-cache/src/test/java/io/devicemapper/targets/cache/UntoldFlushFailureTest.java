package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.core.LoadRequest;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.Fault;
import io.devicemapper.testkit.HeldBios;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The origin tells of what it lost once, and may tell a flush of the cache's own: then the next one from above fails, whoever maps it. */
class UntoldFlushFailureTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static void requireToldOnce(Rig rig) throws IOException {
        assertThrows(BlockIoException.class, () -> rig.device().flush());
        rig.device().flush();
    }

    /** A cache with a marked block. */
    private static Rig rig() throws Exception {
        Rig rig = new Rig().start();
        rig.promote(1);
        rig.write(Rig.BLOCK, 3);
        return rig;
    }

    private static Fault failNextFlush(Rig rig) {
        return rig.origin.faults.fail(BioMatch.of(BioOp.FLUSH).nth(1), BioStatus.IO);
    }

    @Test
    void inTheBackground() throws Exception {
        try (Rig rig = rig()) {
            failNextFlush(rig);
            long events = rig.deviceMapper().device("ca").orElseThrow().eventNumber();
            assertEquals(MigrationOutcome.REFUSED, rig.migrate(Migration.promote(4)));
            assertTrue(rig.deviceMapper().device("ca").orElseThrow().eventNumber() > events);
            requireToldOnce(rig);
            rig.promote(4);
        }
    }

    @Test
    void whileAFlushFromAboveIsUnderWay() throws Exception {
        try (Rig rig = rig()) {
            Fault failure = failNextFlush(rig);
            HeldBios own = rig.cache.faults.hold(BioMatch.of(BioOp.FLUSH));
            rig.script.add(Migration.promote(4));
            own.awaitCount(1, PATIENCE);
            own.remove();
            Rig.await(() -> failure.hits() == 1);
            CompletableFuture<BioStatus> flush = rig.submit(BioOp.FLUSH, 0, 0, null);
            boolean early = flush.isDone();
            // Let go before anything is held to be right: the cache cannot be closed while its flush is under way.
            own.release();
            assertFalse(early, "what the flush of the cache's own will be told is not known yet");
            assertEquals(BioStatus.IO, Rig.end(flush));
            rig.device().flush();
        }
    }

    @Test
    void inASuspend() throws Exception {
        try (Rig rig = rig()) {
            failNextFlush(rig);
            rig.deviceMapper().suspend("ca");
            rig.deviceMapper().resume("ca");
            assertEquals(0, rig.residents(), "the suspend has flushed");
            requireToldOnce(rig);
        }
    }

    @Test
    void beforeAReadOnlyTable() throws Exception {
        try (Rig rig = rig()) {
            failNextFlush(rig);
            rig.deviceMapper()
                    .load("ca", LoadRequest.of(rig.table("1 writethrough")).readOnly(true));
            rig.deviceMapper().resume("ca");
            requireToldOnce(rig);
        }
    }

    @Test
    void beforeATableWithoutACache() throws Exception {
        try (Rig rig = rig()) {
            failNextFlush(rig);
            rig.deviceMapper().load("ca", "0 " + Rig.ORIGIN_SECTORS + " plain origin");
            rig.deviceMapper().resume("ca");
            assertEquals(3, rig.read(Rig.BLOCK));
            requireToldOnce(rig);
        }
    }
}
