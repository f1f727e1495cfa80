package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import org.junit.jupiter.api.Test;

/** What is said to be lacking, and must then fail as documented and change nothing. */
interface LackRules extends Rules {
    @Test
    default void lck08_errorsThatAreNotReportedDoNoHarm(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.needsLack(Behavior.REPORTS_ERRORS);
        rig.io().fill();
        boolean covered = false;
        for (BedDevice device : rig.bed().all()) {
            Fault fault = device.faults().fail(BioMatch.of(BioOp.READ).times(1), BioStatus.MEDIUM);
            rig.io().verifyAll();
            covered |= fault.hits() > 0;
            fault.remove();
        }
        assertTrue(covered, "no read of a lower device failed, so nothing shows that REPORTS_ERRORS is lacking");
    }

    @Test
    default void lck09_tableTextThatMakesNoTargetDiffersFromTheArguments(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.TABLE_ROUND_TRIP);
        String text = rig.tableText();
        assertNotEquals(
                String.join(" ", ArgumentWords.split(rig.args())),
                text,
                "TABLE text is what the target was made from, so TABLE_ROUND_TRIP is not lacking");
        rig.remove();
        String what = "the TABLE text '" + text + "'";
        if (Refusal.of(what, rig, () -> rig.deviceMapper().create(TargetRig.DEVICE, rig.table(text))) == null) {
            rig.remove();
        }
    }

    @Test
    default void lck10_surplusArgumentsThatAreTakenChangeNothing(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.STRICT_ARGUMENTS);
        rig.io().fill();
        String before = rig.tableText();
        rig.reload(rig.table(rig.args() + " surplus words"));
        assertEquals(before, rig.tableText(), "TABLE text of a target made with surplus arguments");
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    @Test
    default void lck11_largeDevicesAreRefusedInOneLine(TargetRig usual) throws Exception {
        usual.needsLack(Behavior.LARGE_DEVICES);
        TargetRig rig = usual.another(usual.setup().withScale(LargeBeds.SCALE));
        String line = "0 " + rig.len() + " " + rig.type().name() + " " + rig.args();
        Refusal.required(
                "a target of " + rig.len() + " sectors",
                rig,
                () -> rig.deviceMapper().create(TargetRig.DEVICE, line));
    }

    @Test
    default void lck12_ioRaisesEvents(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.QUIET);
        long before = rig.device().eventNumber();
        rig.io().fill();
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
        assertNotEquals(before, rig.device().eventNumber(), "no event was raised, so QUIET is not lacking");
    }
}
