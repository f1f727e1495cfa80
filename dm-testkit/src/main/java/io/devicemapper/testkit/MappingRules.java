package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where data lands. */
interface MappingRules extends Rules {
    /** Sizes in blocks: odd ones, powers of two, and their neighbours. */
    List<Integer> SIZES = List.of(1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129);

    @Test
    default void map01_readsComeFromWhereTheAuthorSays(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        TargetIo io = rig.io();
        io.verifyAll();
        io.fill();
        io.verifyAll();
        io.verifyAll();
    }

    @Test
    default void map02_writesReadBack(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        TargetIo io = rig.io();
        io.fill();
        for (long sector = 0; sector < rig.len(); sector += rig.block()) {
            byte[] found = io.read(sector, (int) rig.block());
            for (int i = 0; i < rig.block(); i++) {
                Content.assertSame(
                        rig.bed().lastWritten(sector + i),
                        Content.sector(found, i),
                        "sector " + (sector + i) + " of the target, written and read back");
            }
        }
    }

    @Test
    default void map03_writesLandWhereTheAuthorSays(TargetRig rig) throws Exception {
        rig.needs(Behavior.STORES_WRITES);
        TargetIo io = rig.io();
        io.fill();
        for (long sector = 0; sector < rig.len(); sector++) {
            byte[] expected = io.expected(sector);
            if (expected != null) {
                Content.assertSame(
                        rig.bed().lastWritten(sector),
                        expected,
                        "sector " + sector + " of the target, written and then told from the lower devices");
            }
        }
    }

    @Test
    default void map04_writeLeavesAllOtherSectorsAlone(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        TargetIo io = rig.io();
        io.fill();
        long block = rig.block();
        Random random = new Random(rig.seed());
        long blocks = rig.len() / block;
        for (int round = 0; round < 12; round++) {
            int length = Math.toIntExact(Math.min(SIZES.get(random.nextInt(SIZES.size())), blocks));
            long first = round == 0 ? 0 : round == 1 ? blocks - length : random.nextLong(blocks - length + 1);
            io.write(first * block, (int) (length * block));
            io.verifyAll();
        }
    }

    @Test
    default void map05_everySizeAtEveryOddPlace(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        TargetIo io = rig.io();
        io.fill();
        long block = rig.block();
        long blocks = rig.len() / block;
        for (int size : SIZES) {
            for (long first : new long[] {0, 1, 3, size - 1L, size, size + 1L, blocks / 2 - 1, blocks - size}) {
                if (first >= 0 && first + size <= blocks) {
                    if (rig.has(Behavior.STORES_WRITES)) {
                        io.write(first * block, (int) (size * block));
                    }
                    io.verify(first * block, (int) (size * block));
                }
            }
        }
        io.verifyAll();
    }

    @Test
    default void map06_requestsAcrossBothEndsOfTheTarget(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.WRITES);
        TargetIo io = rig.io();
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
        TargetIo io = rig.io();
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

    @Test
    default void map08_payloadsOfEveryKind(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        TargetIo io = rig.io();
        io.fill();
        int sectors = (int) Math.min(rig.len(), 17 * rig.block());
        for (PayloadKind kind : PayloadKind.values()) {
            if (rig.has(Behavior.STORES_WRITES)) {
                byte[] content = io.newContent(0, sectors);
                io.ok(BioOp.WRITE, BioFlags.NONE, 0, sectors, kind.source(content));
                io.wrote(0, content);
            }
            ByteBuffer target = kind.destination(sectors * Bio.SECTOR_SIZE);
            io.ok(BioOp.READ, BioFlags.NONE, 0, sectors, target);
            byte[] found = new byte[target.remaining()];
            target.get(target.position(), found);
            io.compare(0, found);
            kind.assertNothingBesideTouched(target);
        }
    }

    @Test
    default void map09_writePayloadStaysAsItIs(TargetRig rig) throws Exception {
        rig.needs(Behavior.WRITES);
        TargetIo io = rig.io();
        int sectors = (int) Math.min(rig.len(), 33 * rig.block());
        byte[] content = io.newContent(0, sectors);
        byte[] payload = content.clone();
        io.ok(BioOp.WRITE, BioFlags.NONE, 0, sectors, ByteBuffer.wrap(payload));
        assertArrayEquals(content, payload, "the payload of a write, after it");
        io.ok(BioOp.WRITE, BioFlags.NONE, 0, sectors, ByteBuffer.wrap(payload).asReadOnlyBuffer());
    }

    @Test
    default void map10_beyondTwoGibibytesAndTwoPowerThirtyTwoSectors(TargetRig usual) throws Exception {
        usual.needs(Behavior.LARGE_DEVICES);
        TargetRig rig = usual.another(usual.setup().withScale(LargeBeds.SCALE));
        TargetIo io = rig.io();
        List<Long> places = LargeBeds.places(rig.len(), rig.block());
        int sectors = (int) (2 * rig.block());
        if (rig.has(Behavior.STORES_WRITES)) {
            for (long place : places) {
                io.write(place, sectors);
            }
        }
        if (rig.has(Behavior.READS)) {
            for (long place : places) {
                io.verify(place, sectors);
            }
        }
    }

    @Test
    default void map11_readsAreFresh(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        TargetIo io = rig.io();
        int sectors = (int) Math.min(rig.len(), 9 * rig.block());
        for (int round = 0; round < 5; round++) {
            io.write(0, sectors);
            io.verify(0, sectors);
            io.verify(0, sectors);
        }
    }
}
