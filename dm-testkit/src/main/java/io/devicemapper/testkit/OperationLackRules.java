package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Operations that are said to be lacking, and must then fail as documented and change nothing. */
interface OperationLackRules extends Rules {
    /** How reads and writes may be refused. */
    Set<BioStatus> REFUSALS = Set.of(BioStatus.IO, BioStatus.UNSUPPORTED, BioStatus.NOT_PERMITTED);

    @Test
    default void lck01_readsThatAreLackingFail(Rig rig) throws Exception {
        rig.needsLack(Behavior.READS);
        refusedEverywhere(rig, BioOp.READ, BioFlags.NONE, REFUSALS);
    }

    @Test
    default void lck02_writesThatAreLackingFail(Rig rig) throws Exception {
        rig.needsLack(Behavior.WRITES);
        refusedEverywhere(rig, BioOp.WRITE, BioFlags.NONE, REFUSALS);
        refusedEverywhere(rig, BioOp.WRITE, BioFlags.FUA, REFUSALS);
    }

    @Test
    default void lck03_writesThatAreNotStoredChangeNothing(Rig rig) throws Exception {
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
    default void lck04_fuaThatIsLackingFails(Rig rig) throws Exception {
        rig.needs(Behavior.WRITES);
        rig.needsLack(Behavior.FUA);
        refusedEverywhere(rig, BioOp.WRITE, BioFlags.FUA, Set.of(BioStatus.UNSUPPORTED));
    }

    @Test
    default void lck05_discardsThatAreLackingFail(Rig rig) throws Exception {
        rig.needsLack(Behavior.DISCARDS);
        refusedEverywhere(rig, BioOp.DISCARD, BioFlags.NONE, asWrites(rig));
    }

    @Test
    default void lck06_zeroesThatAreLackingFail(Rig rig) throws Exception {
        rig.needsLack(Behavior.WRITE_ZEROES);
        refusedEverywhere(rig, BioOp.WRITE_ZEROES, BioFlags.NONE, asWrites(rig));
    }

    @Test
    default void lck07_flushesThatAreLackingFail(Rig rig) throws Exception {
        rig.needsLack(Behavior.FLUSHES);
        BioStatus status = rig.io().run(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
        assertTrue(Set.of(BioStatus.IO, BioStatus.UNSUPPORTED).contains(status), () -> "a flush ended with " + status);
    }

    /** What has no writes need not tell "not supported" from "not permitted" for what changes as much as writes do. */
    private static Set<BioStatus> asWrites(Rig rig) {
        return rig.has(Behavior.WRITES) ? Set.of(BioStatus.UNSUPPORTED) : REFUSALS;
    }

    private static void refusedEverywhere(Rig rig, BioOp op, int flags, Set<BioStatus> agreed) throws Exception {
        rig.io().fill();
        Map<String, DeviceModel> before = rig.everything();
        long block = rig.block();
        for (long sector : new long[] {0, block, rig.len() / block / 2 * block, rig.len() - block}) {
            ByteBuffer payload = op.hasPayload() ? ByteBuffer.wrap(rig.io().newContent(sector, (int) block)) : null;
            // Not through the device that checks requests: this one is meant to be wrong.
            BioStatus status = Bios.run(rig.device(), op, flags, rig.begin() + sector, block, payload);
            assertTrue(
                    agreed.contains(status),
                    () -> op + " at sector " + sector + " ended with " + status + ", agreed was one of " + agreed);
        }
        rig.everything().forEach((name, after) -> {
            List<Long> changed = before.get(name).differences(after);
            assertEquals(List.of(), changed, () -> "sectors of " + name + " changed by " + op + ", which failed");
        });
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }
}
