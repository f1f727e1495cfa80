package io.devicemapper.targets.cache.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.cache.Migration;
import io.devicemapper.core.DmException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several threads read, write, discard and flush the same sectors, while blocks come and go and tables change: nobody sees a difference to the origin alone. */
@Timeout(1800)
class CacheLoadTest {
    private static final int THREADS = 4;
    private static final int DEPTH = 12;

    private final long seed = Soak.seed();

    @ParameterizedTest
    @CsvSource({
        "1 writethrough, torture, false",
        "1 writethrough, torture, true",
        "2 metadata2 writethrough, torture, true",
        "1 writethrough, smq 0, true",
        "1 writethrough, lru 0, true",
        "1 passthrough, torture, true"
    })
    void nobodySeesTheCache(String features, String policy, boolean late) throws Exception {
        CacheBed.Setup setup = CacheBed.Setup.of(seed)
                .withFeatures(features)
                .withPolicy(policy.equals("torture") ? null : policy)
                .withLateDevices(late);
        try (CacheBed bed = new CacheBed(new RealCache(), setup)) {
            for (int life = 1; life <= Soak.times(2, 40); life++) {
                String told = setup + ", life " + life;
                bed.start();
                TortureIo io = new TortureIo(bed, () -> false, told);
                bed.channel.migrateAtRandom(new Random(seed + life));
                RandomLoad.run(io, new Random(seed + life), THREADS, 700, DEPTH, () -> false);
                finish(bed, io, told);
            }
            assertTrue(
                    setup.policy() != null || features.contains("passthrough") || bed.channel.done() > 20,
                    () -> setup + ": " + bed.channel.done() + " migrations only");
        }
    }

    private static void finish(CacheBed bed, TortureIo io, String told) throws Exception {
        io.readAll();
        if (bed.setup.policy() == null) {
            io.evictAll();
            io.readAll();
            bed.channel.migrateAtRandom(new Random(1));
        }
        bed.stop();
        bed.checkAtRest(told);
        bed.checkBreaches(told);
        bed.history.forgetThePast();
    }

    /** Suspends, reloads, drops everything and changes the mode, all while bios come. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tablesComeAndGoUnderLoad(boolean late) throws Exception {
        CacheBed.Setup setup = CacheBed.Setup.of(seed).withLateDevices(late);
        try (CacheBed bed = new CacheBed(new RealCache(), setup)) {
            String told = setup.toString();
            bed.start();
            bed.channel.migrateAtRandom(new Random(seed));
            TortureIo io = new TortureIo(bed, () -> false, told);
            Operator operator = Operator.start(bed, new Random(seed));
            try {
                RandomLoad.run(io, new Random(seed), 3, Soak.times(400, 20_000), DEPTH, operator::isDone);
            } finally {
                operator.end();
            }
            finish(bed, io, told);
        }
    }

    @Test
    void passthroughDropsWhatIsWritten() throws Exception {
        CacheBed.Setup setup = CacheBed.Setup.of(seed);
        try (CacheBed bed = new CacheBed(new RealCache(), setup)) {
            bed.start();
            TortureIo io = new TortureIo(bed, () -> false, setup.toString());
            io.migrate(Migration.promote(2));
            io.migrate(Migration.promote(3));
            bed.deviceMapper().load(CacheBed.NAME, bed.table("1 passthrough", bed.policy()));
            bed.deviceMapper().resume(CacheBed.NAME);
            assertEquals(List.of(2L, 3L), bed.channel.residents());
            io.write(2 * CacheBed.BLOCK_SECTORS + 5, 3, BioFlags.NONE);
            io.await(0);
            bed.power.cut();
            bed.stop();
            bed.history.powerCut();
            bed.checkTakeover(setup.toString());
            bed.power.restore();
            bed.start();
            assertEquals(List.of(3L), bed.channel.residents());
        }
    }

    /** Whatever the size of the metadata device, the cache is refused in words or works. */
    @Test
    void aSmallMetadataDeviceIsRefusedOrFillsUp() throws Exception {
        int refused = 0;
        for (int blocks = 1; blocks < 40; blocks++) {
            CacheBed.Setup setup = CacheBed.Setup.of(seed + blocks);
            try (CacheBed bed = new CacheBed(new RealCache(), setup, blocks * 8L)) {
                try {
                    bed.start();
                } catch (DmException e) {
                    assertTrue(e.getMessage().contains("metadata"), e::getMessage);
                    refused++;
                    continue;
                }
                // Where no metadata block is free, writes to cached blocks may fail, but never lie.
                TortureIo io = new TortureIo(bed, () -> true, setup + ", " + blocks + " metadata blocks");
                bed.channel.migrateAtRandom(new Random(seed));
                RandomLoad.run(io, new Random(seed), 2, 60, 4, () -> false);
                io.readAll();
                bed.stop();
                bed.checkBreaches(setup.toString());
                bed.start();
                new TortureIo(bed, () -> false, setup + ", again").readAll();
            }
        }
        int refusals = refused;
        assertTrue(refusals > 0 && refusals < 39, () -> refusals + " refused");
    }

    @Test
    void writebackIsRefused() throws Exception {
        CacheBed.Setup setup = CacheBed.Setup.of(seed).withFeatures("1 writeback");
        try (CacheBed bed = new CacheBed(new RealCache(), setup)) {
            DmException refusal = assertThrows(DmException.class, bed::start);
            assertTrue(refusal.getMessage().contains("writeback"), refusal::getMessage);
        }
    }
}
