package io.devicemapper.targets.cache.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.core.DmException;
import io.devicemapper.testkit.PowerCutDevice;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A suspend takes back all marks, five seconds before they would go by themselves: the power is cut before each write and flush that it causes. */
@Timeout(300)
class SuspendPowerCutTest {
    /** So many that cuts lose all, nothing, and a part of what was not flushed. */
    private static final int SEEDS = 10;

    private static final int MAX_OPERATIONS = 200;
    private static final long BLOCK = 2;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void blocksWithoutMarksAreTheSameOnBothDevices(boolean originIsDurable) throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            int operations = 0;
            while (isCutDuringSuspend(seed, operations, originIsDurable)) {
                operations++;
            }
            assertTrue(operations > 0 && operations < MAX_OPERATIONS, operations + " operations");
        }
    }

    /** Writes to a cached block, suspends, and cuts the power after so many more operations. False if the suspend ended before. */
    private static boolean isCutDuringSuspend(long seed, int operations, boolean originIsDurable) throws Exception {
        CacheBed.Setup setup = CacheBed.Setup.of(seed);
        String told = setup + ", cut after " + operations + " operations of a suspend";
        try (CacheBed bed = new CacheBed(new RealCache(), setup)) {
            bed.start();
            TortureIo io = new TortureIo(bed, bed.power::isCut, told);
            assertEquals(MigrationOutcome.DONE, io.migrate(Migration.promote(BLOCK)));
            io.write(BLOCK * CacheBed.BLOCK_SECTORS, CacheBed.BLOCK_SECTORS, BioFlags.NONE);
            io.await(0);
            // Nobody asked for that: a disk may make durable what it likes, and the other one may lose all.
            PowerCutDevice durable = originIsDurable ? bed.origin.medium : bed.cache.medium;
            durable.flush();
            bed.power.afterOperations(operations);
            try {
                bed.deviceMapper().suspend(CacheBed.NAME);
            } catch (DmException e) {
                assertTrue(bed.power.isCut(), () -> told + ": " + e.getMessage());
            }
            boolean cut = bed.power.isCut();
            bed.power.cut();
            bed.stop();
            bed.history.powerCut();
            bed.checkTakeover(told);
            bed.power.restore();
            bed.start();
            TortureIo later = new TortureIo(bed, () -> false, told);
            later.settleAll();
            later.evictAll();
            later.readAll();
            bed.checkBreaches(told);
            return cut;
        }
    }
}
