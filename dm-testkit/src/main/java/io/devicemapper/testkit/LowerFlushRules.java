package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Flushes of lower devices that fail, or can do less. */
interface LowerFlushRules extends Rules {
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
                    written && status.isOk() && !device.isOwn(),
                    () -> device.name() + " was written to, its flush failed, and the target's flush ended with OK");
            if (rig.bed().hasOwn() && failure.hits() > 1) {
                // A flush of the target's own was told of the failure, which must reach somebody above.
                rig.io().run(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
            }
            rig.io().flush();
        }
    }

    @Test
    default void flu06_fuaOnDevicesWithoutIt(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.FUA);
        QueueLimits limits = PowerCutDevice.LIMITS.toBuilder().fua(false).build();
        for (int round = 0; round < FlushRules.ROUNDS; round++) {
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
