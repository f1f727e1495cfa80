package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Where data lands. */
interface MappingRules extends Rules {
    @Test
    default void map01_readsComeFromWhereTheAuthorSays(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        RigIo io = rig.io();
        io.verifyAll();
        io.fill();
        io.verifyAll();
        io.verifyAll();
    }

    @Test
    default void map03_writesLandWhereTheAuthorSays(TargetRig rig) throws Exception {
        rig.needs(Behavior.STORES_WRITES);
        RigIo io = rig.io();
        io.fill();
        for (long sector = 0; sector < rig.len(); sector++) {
            byte[] expected = io.expected(sector);
            if (expected != null) {
                Content.assertSame(
                        io.lastWritten(sector),
                        expected,
                        "sector " + sector + " of the target, written and then told from the lower devices");
            }
        }
    }

    @Test
    default void map06_requestsAcrossBothEndsOfTheTarget(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.WRITES);
        RigIo io = rig.io();
        io.fill();
        if (rig.standsAlone()) {
            return;
        }
        int block = (int) rig.block();
        for (int before : new int[] {1, 2, 7, 33}) {
            for (int inside : new int[] {1, 3, 8, 65}) {
                acrossAnEnd(rig, -(long) before * block, (before + inside) * block);
                acrossAnEnd(rig, rig.len() - (long) inside * block, (before + inside) * block);
            }
        }
        acrossAnEnd(rig, -block, (int) rig.len() + 2 * block);
        io.verifyAll();
    }

    private static void acrossAnEnd(TargetRig rig, long sector, int sectors) throws Exception {
        RigIo io = rig.io();
        byte[] content = io.newContent(sector, sectors);
        io.ok(BioOp.WRITE, BioFlags.NONE, sector, sectors, ByteBuffer.wrap(content));
        byte[] found = io.read(sector, sectors);
        for (int i = 0; i < sectors; i++) {
            long at = sector + i;
            byte[] written = Content.sector(content, i);
            boolean inTarget = at >= 0 && at < rig.len();
            if (inTarget) {
                io.wrote(at, written);
            }
            byte[] expected = inTarget ? io.expected(at) : written;
            if (expected != null) {
                Content.assertSame(
                        expected, Content.sector(found, i), "sector " + at + " of " + sector + "+" + sectors);
            }
        }
    }

    @Test
    default void map07_beginIsNoPartOfTheMapping(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.io().fill();
        byte[] before = rig.io().read(0, (int) rig.len());
        String line = " " + rig.len() + " " + rig.type().name() + " " + rig.args();
        rig.remove();
        // At the begin of the device, where a begin that is added or taken off too often makes no difference.
        rig.deviceMapper().create("kit-first", "0" + line);
        byte[] found = new byte[before.length];
        assertEquals(
                BioStatus.OK,
                Bios.run(
                        rig.checked(rig.deviceMapper().device("kit-first").orElseThrow()),
                        BioOp.READ,
                        BioFlags.NONE,
                        0,
                        rig.len(),
                        ByteBuffer.wrap(found)));
        for (int i = 0; i < rig.len(); i++) {
            Content.assertSame(
                    Content.sector(before, i),
                    Content.sector(found, i),
                    "sector " + i + " of the target, at the begin of a device instead of behind another target");
        }
    }
}
