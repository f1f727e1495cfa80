package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Payloads: long ones, and whom they belong to when. */
interface PayloadRules extends Rules {
    /** Longer than what most have a bound at: 32 MiB, and a bit. */
    int LONG_SECTORS = (32 << 11) + 24;

    /** What the submitter puts into a payload that is its own again. */
    byte REUSED = 0x33;

    /** A bio whose submitter uses the payload for something else as soon as it has ended. */
    final class Reusing extends ProbeBio {
        private byte[] content;

        Reusing(BioOp op, long sector, long sectors, ByteBuffer payload) {
            super(op, BioFlags.NONE, sector, sectors, payload);
        }

        @Override
        void atEnd(BioStatus how) {
            content = DeviceRig.bytes(payload());
            byte[] reused = new byte[content.length];
            Arrays.fill(reused, REUSED);
            payload().put(payload().position(), reused);
        }
    }

    @Test
    default void pay01_payloadIsLeftAloneAfterTheEnd(DeviceRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        int block = Math.toIntExact(rig.block());
        List<Reusing> bios = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        List<Reusing> reads = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            byte[] content = rig.io().newContent((long) i * block, block);
            contents.add(content);
            bios.add(new Reusing(BioOp.WRITE, (long) i * block, block, ByteBuffer.wrap(content.clone())));
        }
        for (Reusing bio : bios) {
            bio.submitTo(rig.device());
        }
        for (int i = 0; i < bios.size(); i++) {
            assertEquals(BioStatus.OK, bios.get(i).await());
            Reusing read = new Reusing(BioOp.READ, bios.get(i).sector(), block, DeviceRig.buffer(block));
            read.submitTo(rig.device());
            assertEquals(BioStatus.OK, read.await());
            assertArrayEquals(contents.get(i), read.content, () -> read + ", of a write whose payload was used again");
            reads.add(read);
        }
        rig.io().flush();
        rig.closeWell();
        byte[] reused = new byte[block * Bio.SECTOR_SIZE];
        Arrays.fill(reused, REUSED);
        for (Reusing read : reads) {
            assertArrayEquals(
                    reused, DeviceRig.bytes(read.payload()), () -> "payload of " + read + ", used again after its end");
        }
    }

    @Test
    default void pay02_requestsOfManyMebibytes(DeviceRig usual) throws Exception {
        usual.needs(Behavior.READS, Behavior.STORES_WRITES);
        DeviceRig rig = usual.withSectors(LONG_SECTORS + 2 * usual.block());
        byte[] content = new byte[LONG_SECTORS * Bio.SECTOR_SIZE];
        new Random(rig.seed()).nextBytes(content);
        long at = rig.block();
        long sectors = LONG_SECTORS / rig.block() * rig.block();
        ByteBuffer payload = ByteBuffer.wrap(content, 0, Math.toIntExact(sectors * Bio.SECTOR_SIZE));
        rig.io().ok(BioOp.WRITE, BioFlags.NONE, at, sectors, payload);
        ByteBuffer found = DeviceRig.buffer(sectors);
        rig.io().ok(BioOp.READ, BioFlags.NONE, at, sectors, found);
        assertEquals(-1, payload.mismatch(found), "first byte in which what was read differs from what was written");
    }
}
