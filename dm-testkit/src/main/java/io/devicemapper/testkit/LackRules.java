package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is said to be lacking, and must then fail as documented and change nothing. */
interface LackRules extends Rules {
    /** How reads and writes may be refused. */
    Set<BioStatus> REFUSALS = Set.of(BioStatus.IO, BioStatus.UNSUPPORTED, BioStatus.NOT_PERMITTED);

    @Test
    default void lck01_readsThatAreLackingFail(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.READS);
        refusedEverywhere(rig, BioOp.READ, BioFlags.NONE, REFUSALS);
    }

    @Test
    default void lck02_writesThatAreLackingFail(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.WRITES);
        refusedEverywhere(rig, BioOp.WRITE, BioFlags.NONE, REFUSALS);
        refusedEverywhere(rig, BioOp.WRITE, BioFlags.FUA, REFUSALS);
    }

    @Test
    default void lck03_writesThatAreNotStoredChangeNothing(TargetRig rig) throws Exception {
        rig.needs(Behavior.WRITES, Behavior.READS);
        rig.needsLack(Behavior.STORES_WRITES);
        byte[] before = rig.io().read(0, (int) rig.len());
        byte[] content = rig.io().newContent(0, (int) rig.len());
        rig.io().ok(BioOp.WRITE, BioFlags.NONE, 0, rig.len(), ByteBuffer.wrap(content));
        byte[] after = rig.io().read(0, (int) rig.len());
        for (int i = 0; i < rig.len(); i++) {
            Content.assertSame(
                    Content.sector(before, i),
                    Content.sector(after, i),
                    "sector " + i + ", written to, though writes are not stored");
        }
    }

    @Test
    default void lck04_fuaThatIsLackingFails(TargetRig rig) throws Exception {
        rig.needs(Behavior.WRITES);
        rig.needsLack(Behavior.FUA);
        refusedEverywhere(rig, BioOp.WRITE, BioFlags.FUA, Set.of(BioStatus.UNSUPPORTED));
    }

    @Test
    default void lck05_discardsThatAreLackingFail(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.DISCARDS);
        refusedEverywhere(rig, BioOp.DISCARD, BioFlags.NONE, asWrites(rig));
    }

    @Test
    default void lck06_zeroesThatAreLackingFail(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.WRITE_ZEROES);
        refusedEverywhere(rig, BioOp.WRITE_ZEROES, BioFlags.NONE, asWrites(rig));
    }

    @Test
    default void lck07_flushesThatAreLackingFail(TargetRig rig) throws Exception {
        rig.needsLack(Behavior.FLUSHES);
        BioStatus status = rig.io().run(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
        assertTrue(Set.of(BioStatus.IO, BioStatus.UNSUPPORTED).contains(status), () -> "a flush ended with " + status);
    }

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

    /** A target without writes need not tell "not supported" from "not permitted" for what changes as much as writes do. */
    private static Set<BioStatus> asWrites(TargetRig rig) {
        return rig.has(Behavior.WRITES) ? Set.of(BioStatus.UNSUPPORTED) : REFUSALS;
    }

    private static void refusedEverywhere(TargetRig rig, BioOp op, int flags, Set<BioStatus> agreed) throws Exception {
        rig.io().fill();
        List<DeviceModel> before = contents(rig);
        long block = rig.block();
        for (long sector : new long[] {0, block, rig.len() / block / 2 * block, rig.len() - block}) {
            ByteBuffer payload = op.hasPayload() ? ByteBuffer.wrap(rig.io().newContent(sector, (int) block)) : null;
            // Not through the device that checks requests: this one is meant to be wrong.
            BioStatus status = Bios.run(rig.device(), op, flags, rig.begin() + sector, block, payload);
            assertTrue(
                    agreed.contains(status),
                    () -> op + " at sector " + sector + " ended with " + status + ", agreed was one of " + agreed);
        }
        List<DeviceModel> after = contents(rig);
        for (int i = 0; i < before.size(); i++) {
            String name = rig.allDevices().get(i).name();
            List<Long> changed = before.get(i).differences(after.get(i));
            assertEquals(List.of(), changed, () -> "sectors of " + name + " changed by " + op + ", which failed");
        }
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    private static List<DeviceModel> contents(TargetRig rig) {
        return rig.allDevices().stream().map(device -> device.disk().content()).toList();
    }
}
