package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.util.Random;

/** Discards or write-zeroes at random places, which keep their neighbours. */
final class RandomRanges {
    private RandomRanges() {}

    /** Carries out an operation at random places, and at both ends. */
    static void run(Rig rig, BioOp op, int flags) throws Exception {
        RigIo io = rig.io();
        io.fill();
        long block = rig.block();
        long blocks = rig.len() / block;
        long longest = Math.min(blocks, rig.longest(op) / block);
        Random random = new Random(rig.seed());
        for (int round = 0; round < 10; round++) {
            long length = round == 0 ? longest : 1 + random.nextLong(Math.min(100, longest));
            long first = round == 0 ? 0 : round == 1 ? blocks - length : random.nextLong(blocks - length + 1);
            BioStatus status = io.run(op, flags, first * block, length * block, null);
            boolean mayRefuse = (flags & BioFlags.FAST_ONLY) != 0;
            assertTrue(
                    status.isOk() || (mayRefuse && status == BioStatus.UNSUPPORTED),
                    () -> op + "(" + BioFlags.toString(flags) + ") of blocks " + first + "+" + length + ": "
                            + status.text());
            note(rig, op, first * block, length * block, status);
            io.verifyAll();
            if (round == 0) {
                io.fill();
            }
        }
    }

    /** Notes what a discard or write-zeroes has left. */
    static void note(Rig rig, BioOp op, long sector, long sectors, BioStatus status) throws Exception {
        if (status.isOk() && op == BioOp.DISCARD) {
            rig.io().forget(sector, sectors);
        } else if (status.isOk()) {
            rig.io().zeroed(sector, sectors);
            assertZeroes(rig, sector, sectors);
        }
    }

    private static void assertZeroes(Rig rig, long sector, long sectors) throws Exception {
        byte[] found = rig.io().read(sector, Math.toIntExact(sectors));
        for (int i = 0; i < sectors; i++) {
            Content.assertSame(
                    new byte[Bio.SECTOR_SIZE], Content.sector(found, i), "sector " + (sector + i) + ", made zeroes");
        }
    }
}
