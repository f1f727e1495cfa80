package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an acknowledged flush, FUA or PREFLUSH promises. */
interface FlushRules extends Rules {
    /** How often something random is tried. */
    int ROUNDS = 6;

    @Test
    default void flu01_flushedWritesSurviveAPowerCut(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES);
        for (int round = 0; round < ROUNDS; round++) {
            TargetRig plugged = rig.another(rig.setup().withSeed(rig.seed() + round));
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 12; i++) {
                assertTrue(run.write(BioFlags.NONE));
            }
            assertTrue(run.flush());
            run.restartAndCheck("flushed");
        }
    }

    @Test
    default void flu02_fuaWritesSurviveAPowerCut(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.FUA);
        for (int round = 0; round < ROUNDS; round++) {
            TargetRig plugged = rig.another(rig.setup().withSeed(rig.seed() + round));
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 12; i++) {
                assertTrue(run.write(BioFlags.FUA));
            }
            run.restartAndCheck("written with FUA");
        }
    }

    @Test
    default void flu03_preflushMakesEarlierWritesDurable(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES);
        for (int round = 0; round < ROUNDS; round++) {
            TargetRig plugged = rig.another(rig.setup().withSeed(rig.seed() + round));
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 8; i++) {
                assertTrue(run.write(BioFlags.NONE));
            }
            assertTrue(run.write(BioFlags.PREFLUSH));
            run.restartAndCheck("written before a PREFLUSH");
        }
    }

    @Test
    default void flu04_powerCutAfterEachWrite(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES);
        int steps = Soak.times(14, 100);
        TargetRig counting = rig.another(rig.setup());
        DurabilityRun uncut = new DurabilityRun(counting);
        long before = counting.bed().power().writes();
        uncut.mixed(steps);
        long writes = counting.bed().power().writes() - before;
        for (long cut = 0; cut <= writes; cut++) {
            TargetRig plugged = rig.another(rig.setup());
            DurabilityRun run = new DurabilityRun(plugged);
            plugged.bed().power().after(cut);
            run.mixed(steps);
            run.restartAndCheck("cut after write " + cut + " of " + writes);
        }
    }

    @Test
    default void flu05_failedFlushOfAnyDeviceIsReported(TargetRig rig) throws Exception {
        rig.needs(Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.REPORTS_ERRORS);
        rig.device();
        for (BedDevice device : rig.bed().all()) {
            device.recorder().take();
            rig.io().fill();
            boolean written =
                    device.recorder().bios().stream().anyMatch(bio -> bio.op().modifies());
            Fault failure = device.faults().fail(BioMatch.of(BioOp.FLUSH), BioStatus.IO);
            BioStatus status = rig.io().run(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
            failure.remove();
            assertFalse(
                    written && status.isOk(),
                    () -> device.name() + " was written to, its flush failed, and the target's flush ended with OK");
            rig.io().flush();
        }
    }

    @Test
    default void flu06_fuaOnDevicesWithoutIt(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.FUA);
        QueueLimits limits = PowerCutDevice.LIMITS.toBuilder().fua(false).build();
        for (int round = 0; round < ROUNDS; round++) {
            TargetRig plugged =
                    rig.another(rig.setup().withSeed(rig.seed() + round).withLimits(limits));
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 8; i++) {
                assertTrue(run.write(BioFlags.FUA));
            }
            run.restartAndCheck("written with FUA to devices without it");
        }
    }

    @Test
    default void flu07_zeroesWithFuaSurviveAPowerCut(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.FUA, Behavior.WRITE_ZEROES);
        for (int round = 0; round < ROUNDS; round++) {
            TargetRig plugged = rig.another(rig.setup().withSeed(rig.seed() + round));
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 8; i++) {
                run.writeZeroesDurably();
            }
            run.restartAndCheck("made zeroes with FUA");
        }
    }

    @Test
    default void flu08_flushesSucceedWithAndWithoutACache(TargetRig rig) throws Exception {
        rig.needs(Behavior.FLUSHES);
        for (QueueLimits limits : List.of(PowerCutDevice.LIMITS, ModelDevice.LIMITS)) {
            TargetRig other = rig.another(rig.setup().withLimits(limits));
            other.io().flush();
            other.io().fill();
            other.io().flush();
            other.io().flush();
        }
    }
}
