package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is written is there, and nowhere else. */
interface StorageRules extends Rules {
    /** Sizes in blocks: odd ones, powers of two, and their neighbours. */
    List<Integer> SIZES = List.of(1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129);

    @Test
    default void map02_writesReadBack(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        RigIo io = rig.io();
        io.fill();
        for (long sector = 0; sector < rig.len(); sector += rig.block()) {
            byte[] found = io.read(sector, (int) rig.block());
            for (int i = 0; i < rig.block(); i++) {
                Content.assertSame(
                        io.lastWritten(sector + i),
                        Content.sector(found, i),
                        "sector " + (sector + i) + " of " + rig.subject() + ", written and read back");
            }
        }
    }

    @Test
    default void map04_writeLeavesAllOtherSectorsAlone(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        RigIo io = rig.io();
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
    default void map05_everySizeAtEveryOddPlace(Rig rig) throws Exception {
        rig.needs(Behavior.READS);
        RigIo io = rig.io();
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
    default void map08_payloadsOfEveryKind(Rig rig) throws Exception {
        rig.needs(Behavior.READS);
        RigIo io = rig.io();
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
    default void map09_writePayloadStaysAsItIs(Rig rig) throws Exception {
        rig.needs(Behavior.WRITES);
        RigIo io = rig.io();
        int sectors = (int) Math.min(rig.len(), 33 * rig.block());
        byte[] content = io.newContent(0, sectors);
        byte[] payload = content.clone();
        io.ok(BioOp.WRITE, BioFlags.NONE, 0, sectors, ByteBuffer.wrap(payload));
        assertArrayEquals(content, payload, "the payload of a write, after it");
        io.ok(BioOp.WRITE, BioFlags.NONE, 0, sectors, ByteBuffer.wrap(payload).asReadOnlyBuffer());
    }

    @Test
    default void map10_beyondTwoGibibytesAndTwoPowerThirtyTwoSectors(Rig usual) throws Exception {
        usual.needs(Behavior.LARGE_DEVICES);
        Rig rig = usual.large();
        RigIo io = rig.io();
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
    default void map11_readsAreFresh(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        RigIo io = rig.io();
        int sectors = (int) Math.min(rig.len(), 9 * rig.block());
        for (int round = 0; round < 5; round++) {
            io.write(0, sectors);
            io.verify(0, sectors);
            io.verify(0, sectors);
        }
    }
}
