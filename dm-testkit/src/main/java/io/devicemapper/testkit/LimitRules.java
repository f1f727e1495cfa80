package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What the limits of lower devices, and the ends of the target, make of discards, write-zeroes and blocks. */
interface LimitRules extends Rules {
    @Test
    default void dis03_discardAcrossBothEndsOfTheTarget(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.DISCARDS);
        acrossBothEnds(rig, BioOp.DISCARD);
    }

    @Test
    default void dis04_longestDiscardOfTheDevicesIsRespected(TargetRig usual) throws Exception {
        usual.needs(Behavior.READS, Behavior.DISCARDS);
        QueueLimits limits =
                PowerCutDevice.LIMITS.toBuilder().maxDiscardSectors(16).build();
        // The devices check what comes to them.
        RandomRanges.run(usual.another(usual.setup().withLimits(limits)), BioOp.DISCARD, BioFlags.NONE);
    }

    @Test
    default void zer03_zeroesAcrossBothEndsOfTheTarget(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.WRITE_ZEROES);
        acrossBothEnds(rig, BioOp.WRITE_ZEROES);
    }

    @Test
    default void zer05_longestZeroesOfTheDevicesAreRespected(TargetRig usual) throws Exception {
        usual.needs(Behavior.READS, Behavior.WRITE_ZEROES);
        QueueLimits limits =
                PowerCutDevice.LIMITS.toBuilder().maxWriteZeroesSectors(16).build();
        RandomRanges.run(usual.another(usual.setup().withLimits(limits)), BioOp.WRITE_ZEROES, BioFlags.NONE);
    }

    @Test
    default void lim01_offersWhatItsDevicesLackOnlyIfItCanDoIt(TargetRig usual) throws Exception {
        QueueLimits limits = PowerCutDevice.LIMITS.toBuilder()
                .maxDiscardSectors(0)
                .maxWriteZeroesSectors(0)
                .build();
        TargetRig rig = usual.another(usual.setup().withLimits(limits));
        rig.io().fill();
        BlockDevice device = rig.device();
        agree(rig, BioOp.DISCARD, device.limits().maxDiscardSectors() > 0);
        agree(rig, BioOp.WRITE_ZEROES, device.limits().maxWriteZeroesSectors() > 0);
    }

    private static void agree(TargetRig rig, BioOp op, boolean offered) throws Exception {
        BioStatus status = Bios.run(rig.device(), op, BioFlags.NONE, rig.begin(), rig.block(), null);
        if (offered) {
            boolean asWritesDo = !rig.has(Behavior.WRITES) && status != BioStatus.UNSUPPORTED;
            assertTrue(status.isOk() || asWritesDo, () -> op + " is offered, and ended with " + status);
        } else {
            assertEquals(BioStatus.UNSUPPORTED, status, () -> op + " is not offered");
        }
    }

    @Test
    default void lim02_devicesWithBlocksOfFourKibibytes(TargetRig usual) throws Exception {
        QueueLimits limits =
                PowerCutDevice.LIMITS.toBuilder().logicalBlockSize(4096).build();
        TargetRig rig = usual.another(usual.setup().withLimits(limits));
        String line = "0 " + rig.len() + " " + rig.type().name() + " " + rig.args();
        if (Refusal.of(
                        "devices with blocks of 4096 bytes",
                        rig,
                        () -> rig.deviceMapper().create("kit-blocks", line))
                == null) {
            smallestBlocks(
                    rig, rig.checked(rig.deviceMapper().device("kit-blocks").orElseThrow()));
            rig.deviceMapper().remove("kit-blocks");
            // The devices check that what comes to them is in whole blocks.
            rig.io().fill();
            if (rig.has(Behavior.READS)) {
                new RegionRun(rig).run(20);
                rig.io().verifyAll();
            }
        }
    }

    /** The target by itself says which blocks it takes: such blocks, at odd places, must be carried out. */
    private static void smallestBlocks(TargetRig rig, BlockDevice device) throws Exception {
        int block = device.limits().logicalBlockSectors();
        for (long sector : new long[] {block, 3L * block, 7L * block, rig.len() - block}) {
            byte[] content = Content.ofWrite(Math.toIntExact(sector), sector, block);
            if (rig.has(Behavior.STORES_WRITES)) {
                assertEquals(
                        BioStatus.OK,
                        Bios.run(device, BioOp.WRITE, BioFlags.NONE, sector, block, ByteBuffer.wrap(content)),
                        () -> "write of one block of " + block + " sectors at sector " + sector);
            }
            if (rig.has(Behavior.READS)) {
                byte[] found = new byte[content.length];
                assertEquals(
                        BioStatus.OK,
                        Bios.run(device, BioOp.READ, BioFlags.NONE, sector, block, ByteBuffer.wrap(found)),
                        () -> "read of one block of " + block + " sectors at sector " + sector);
                if (rig.has(Behavior.STORES_WRITES)) {
                    assertArrayEquals(content, found, () -> "block at sector " + sector + ", written and read back");
                }
            }
        }
    }

    private static void acrossBothEnds(TargetRig rig, BioOp op) throws Exception {
        RigIo io = rig.io();
        io.fill();
        if (rig.standsAlone()) {
            return;
        }
        long block = rig.block();
        for (long inside : new long[] {1, 7, 64}) {
            for (long at : new long[] {-3 * block, rig.len() - inside * block}) {
                long length = (3 + inside) * block;
                long around = at - block;
                byte[] before = io.read(around, Math.toIntExact(length + 2 * block));
                io.ok(op, BioFlags.NONE, at, length, null);
                byte[] after = io.read(around, Math.toIntExact(length + 2 * block));
                long from = Math.max(0, at);
                RandomRanges.note(rig, op, from, Math.min(rig.len(), at + length) - from, BioStatus.OK);
                // The filler beside the target zeroes what is discarded, and so do both for write-zeroes.
                byte[] expected = before.clone();
                Arrays.fill(expected, bytes(block), bytes(block + length), (byte) 0);
                for (int i = 0; i < after.length / Bio.SECTOR_SIZE; i++) {
                    long sector = around + i;
                    boolean discardedHere =
                            op == BioOp.DISCARD && sector >= from && sector < Math.min(rig.len(), at + length);
                    if (!discardedHere) {
                        Content.assertSame(
                                Content.sector(expected, i),
                                Content.sector(after, i),
                                "sector " + sector + " after " + op + " " + at + "+" + length);
                    }
                }
            }
        }
        io.verifyAll();
    }

    private static int bytes(long sectors) {
        return Math.toIntExact(sectors * Bio.SECTOR_SIZE);
    }
}
