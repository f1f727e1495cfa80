package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Requests that a device has to refuse, which then change nothing. */
interface RefusalRules extends Rules {
    /** A flag that no API level has so far. */
    int UNKNOWN_FLAG = 1 << 30;

    @Test
    default void ref01_requestsBeyondTheEndFailAndChangeNothing(DeviceRig rig) throws Exception {
        rig.io().fill();
        long block = rig.block();
        long last = (Long.MAX_VALUE >> Bio.SECTOR_SHIFT) / block * block - 2 * block;
        for (BioOp op : offered(rig)) {
            for (long sector : new long[] {rig.len(), rig.len() - block, 1L << 54, last}) {
                refused(rig, op, BioFlags.NONE, sector, 2 * block, Set.of(BioStatus.IO));
            }
        }
        verify(rig);
    }

    @Test
    default void ref02_partsOfBlocksFailAndChangeNothing(DeviceRig rig) throws Exception {
        long block = rig.block();
        Assumptions.assumeTrue(block > 1, "blocks of one sector have no parts");
        rig.io().fill();
        for (BioOp op : offered(rig)) {
            refused(rig, op, BioFlags.NONE, 1, block, Set.of(BioStatus.IO));
            refused(rig, op, BioFlags.NONE, block, 1, Set.of(BioStatus.IO));
            refused(rig, op, BioFlags.NONE, block, block + block / 2, Set.of(BioStatus.IO));
        }
        verify(rig);
    }

    @Test
    default void ref03_unknownFlagsAreUnsupported(DeviceRig rig) throws Exception {
        rig.io().fill();
        for (BioOp op : offered(rig)) {
            refused(rig, op, UNKNOWN_FLAG, 0, rig.block(), Set.of(BioStatus.UNSUPPORTED));
        }
        verify(rig);
    }

    @Test
    default void ref04_preflushIsCarriedOutOrUnsupported(DeviceRig rig) throws Exception {
        rig.needs(Behavior.STORES_WRITES);
        rig.io().fill();
        byte[] content = rig.io().newContent(0, (int) rig.block());
        BioStatus status = run(rig, BioOp.WRITE, BioFlags.PREFLUSH, 0, rig.block(), ByteBuffer.wrap(content));
        if (status.isOk()) {
            rig.io().wrote(0, content);
        } else {
            assertEquals(BioStatus.UNSUPPORTED, status, "a write with PREFLUSH");
        }
        verify(rig);
    }

    @Test
    default void ref05_fastZeroesAreRefusedWhereNothingIsFast(DeviceRig rig) throws Exception {
        rig.needs(Behavior.WRITE_ZEROES);
        Assumptions.assumeFalse(rig.device().limits().fastZeroes(), "the device says that its zeroes are fast");
        rig.io().fill();
        for (int flags : new int[] {BioFlags.FAST_ONLY, BioFlags.FAST_ONLY | BioFlags.NOUNMAP}) {
            refused(rig, BioOp.WRITE_ZEROES, flags, 0, rig.block(), Set.of(BioStatus.UNSUPPORTED));
        }
        verify(rig);
    }

    @Test
    default void ref06_failfastIsNoReasonToFail(DeviceRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        rig.io().write(0, (int) rig.block(), BioFlags.FAILFAST);
        byte[] found = new byte[Math.toIntExact(rig.block() * Bio.SECTOR_SIZE)];
        rig.io().ok(BioOp.READ, BioFlags.FAILFAST, 0, rig.block(), ByteBuffer.wrap(found));
        rig.io().compare(0, found);
    }

    private static List<BioOp> offered(DeviceRig rig) {
        List<BioOp> ops = new ArrayList<>();
        add(ops, BioOp.READ, rig.has(Behavior.READS));
        add(ops, BioOp.WRITE, rig.has(Behavior.WRITES));
        add(ops, BioOp.DISCARD, rig.has(Behavior.DISCARDS));
        add(ops, BioOp.WRITE_ZEROES, rig.has(Behavior.WRITE_ZEROES));
        return ops;
    }

    private static void add(List<BioOp> ops, BioOp op, boolean offered) {
        if (offered) {
            ops.add(op);
        }
    }

    /** Not through the device that checks requests: these are meant to be wrong. */
    private static BioStatus run(DeviceRig rig, BioOp op, int flags, long sector, long sectors, ByteBuffer payload)
            throws Exception {
        return new ProbeBio(op, flags, sector, sectors, payload)
                .submitTo(rig.device())
                .await();
    }

    private static void refused(DeviceRig rig, BioOp op, int flags, long sector, long sectors, Set<BioStatus> agreed)
            throws Exception {
        ByteBuffer payload = op.hasPayload() ? DeviceRig.buffer(sectors) : null;
        BioStatus status = run(rig, op, flags, sector, sectors, payload);
        String flagNames = flags == 0 ? "" : " with " + BioFlags.toString(flags);
        assertTrue(
                agreed.contains(status),
                () -> op + flagNames + " of " + sectors + " sectors at sector " + sector + " of " + rig.sectors()
                        + " ended with " + status + ", expected " + agreed);
    }

    private static void verify(DeviceRig rig) throws Exception {
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }
}
