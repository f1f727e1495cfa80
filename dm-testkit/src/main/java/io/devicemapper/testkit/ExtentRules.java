package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What {@code extents} tells. */
interface ExtentRules extends Rules {
    @Test
    default void ext01_extentsCoverAnyRangeInOrder(Rig rig) throws Exception {
        rig.makeHoles();
        Random random = new Random(rig.seed());
        for (int round = 0; round < 60; round++) {
            long sector = random.nextLong(rig.len());
            long sectors = round == 0 ? rig.len() - sector : 1 + random.nextLong(rig.len() - sector);
            // The device that is asked checks order, gaps and ends.
            rig.io().device().extents(rig.begin() + sector, sectors, (at, length, type) -> true);
        }
        rig.io().device().extents(0, rig.device().sectors(), (at, length, type) -> true);
    }

    @Test
    default void ext02_holesAndZeroesReadAsZeroes(Rig rig) throws Exception {
        rig.needs(Behavior.READS);
        check(rig, 0, rig.len());
        rig.makeHoles();
        check(rig, 0, rig.len());
        for (long sector = 1; sector + 7 < rig.len(); sector += 37) {
            check(rig, sector, 7);
        }
    }

    @Test
    default void ext03_visitorEndsTheWalk(Rig rig) throws Exception {
        rig.makeHoles();
        for (int wanted = 1; wanted < 4; wanted++) {
            int[] left = {wanted};
            rig.io().device().extents(rig.begin(), rig.len(), (at, length, type) -> --left[0] > 0);
            assertTrue(left[0] >= 0, "visited again after it had ended the walk");
        }
    }

    private static void check(Rig rig, long sector, long sectors) throws Exception {
        long block = rig.block();
        long begin = rig.begin();
        rig.io().device().extents(begin + sector, sectors, (at, length, type) -> {
            if (type != ExtentType.DATA) {
                for (long s = at - begin; s < at - begin + length; s++) {
                    assertZeroes(rig, s / block * block, (int) block, (int) (s % block), type);
                }
            }
            return true;
        });
    }

    private static void assertZeroes(Rig rig, long sector, int sectors, int index, ExtentType type) {
        byte[] content = new byte[sectors * Bio.SECTOR_SIZE];
        try {
            BioStatus status = rig.io().run(BioOp.READ, BioFlags.NONE, sector, sectors, ByteBuffer.wrap(content));
            assertEquals(BioStatus.OK, status, () -> "read of sector " + sector + ", told to be " + type);
        } catch (Exception e) {
            throw new AssertionError("read of sector " + sector + ", told to be " + type, e);
        }
        Content.assertSame(
                new byte[Bio.SECTOR_SIZE],
                Content.sector(content, index),
                "sector " + (sector + index) + " of " + rig.subject() + ", told to be " + type);
    }
}
