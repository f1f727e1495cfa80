package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** When events are raised: each of them wakes whoever waits for news. */
interface EventRules extends Rules {
    @Test
    default void evt01_ioThatSucceedsRaisesNoEvent(TargetRig rig) throws Exception {
        rig.needs(Behavior.QUIET);
        long before = rig.device().eventNumber();
        rig.io().fill();
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
        assertEquals(before, rig.device().eventNumber(), "event number after I/O without errors");
    }

    @Test
    default void evt02_errorRaisesOneEventAtMost(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.QUIET);
        rig.io().fill();
        long before = rig.device().eventNumber();
        long failures = 0;
        for (BedDevice device : rig.bed().all()) {
            Fault fault = device.faults().fail(BioMatch.any(), BioStatus.MEDIUM);
            for (int i = 0; i < 5; i++) {
                ByteBuffer payload = ByteBuffer.allocate(Math.toIntExact(rig.block() * Bio.SECTOR_SIZE));
                rig.io().run(BioOp.READ, BioFlags.NONE, 0, rig.block(), payload);
            }
            failures += fault.hits();
            fault.remove();
        }
        long events = rig.device().eventNumber() - before;
        long allowed = failures;
        assertTrue(events <= allowed, () -> events + " events for " + allowed + " errors of lower devices");
    }
}
