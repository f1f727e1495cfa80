package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the pieces of a bio land, and what becomes of it where they cannot. */
class BioSplitTest extends BioPathBed {
    @Test
    void aBioOverThreeTargetsLandsWhereTheTableSays() throws Exception {
        MappedDevice device = dm.create("vol", "0 7 map a 100\n7 5 map b 3\n12 8 map a 17");
        ByteBuffer data = pattern(18, 5);
        device.write(1, data);
        assertEquals(List.of("WRITE 101+6", "WRITE 17+7"), a.log());
        assertEquals(List.of("WRITE 3+5"), b.log());
        ByteBuffer back = ByteBuffer.allocate(18 * 512);
        device.read(1, back);
        assertEquals(data.position(), 0);
        assertEquals(data, back);
    }

    @Test
    void piecesEndAtMultiplesOfTheLongestIo() throws Exception {
        target.settings = ti -> ti.maxIoLen(5);
        MappedDevice device = dm.create("vol", "0 3 map a 0\n3 100 map a 50");
        device.read(1, ByteBuffer.allocate(14 * 512));
        assertEquals(List.of("READ 1+2", "READ 50+5", "READ 55+5", "READ 60+2"), a.log());
    }

    @Test
    void thePayloadsPositionAndLimitAreRespectedAndStay() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 9\n4 4 map b 2");
        ByteBuffer whole = pattern(10, 1);
        ByteBuffer part = whole.duplicate().position(512).limit(512 * 7);
        device.write(1, part);
        assertEquals(512, part.position());
        assertEquals(512 * 7, part.limit());
        byte[] expected = new byte[512 * 3];
        whole.get(512, expected);
        byte[] found = new byte[512 * 3];
        System.arraycopy(a.bytes(), 10 * 512, found, 0, found.length);
        assertArrayEquals(expected, found);
    }

    @Test
    void theFirstErrorOfAnyPieceFailsTheBio() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 0\n4 4 map b 0");
        b.answer(bio -> BioStatus.MEDIUM);
        assertEquals(BioStatus.MEDIUM, status(device, BioOp.READ, 0, 2, 4));
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 4));
    }

    @Test
    void whatLiesBeyondTheEndFails() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 8, 1));
        assertEquals(BioStatus.IO, status(device, BioOp.WRITE, 0, 7, 2));
        assertEquals(BioStatus.IO, status(device, BioOp.DISCARD, 0, 7, Long.MAX_VALUE - 10));
        assertEquals(List.of(), a.log());
    }

    @Test
    void aBioThatCannotBeSplitFailsWhenItsPiecesHaveEndedAndLeavesTheGate() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 0\n4 4 map b 0");
        ByteBuffer payload = ByteBuffer.allocate(8 * 512);
        List<BioStatus> answers = new ArrayList<>();
        a.hold();
        Bio bio = Bio.read(0, payload, (b, status) -> answers.add(status));
        payload.limit(4 * 512); // which no submitter may do: the second slice is out of bounds
        device.submit(bio);
        assertEquals(List.of(), answers);
        a.release();
        assertEquals(List.of(BioStatus.IO), answers);
        dm.suspend("vol");
        dm.resume("vol");
    }

    @Test
    void aReadOnlyTableRefusesChanges() throws Exception {
        MappedDevice device = dm.create(CreateRequest.named("ro").readOnly(true).table("0 8 map a 0"));
        assertEquals(BioStatus.NOT_PERMITTED, status(device, BioOp.WRITE, 0, 0, 1));
        assertEquals(BioStatus.NOT_PERMITTED, status(device, BioOp.DISCARD, 0, 0, 1));
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 1));
        assertEquals(BioStatus.OK, status(device, BioOp.FLUSH, 0, 0, 0));
        assertEquals(List.of("READ 0+1"), a.log());
    }

    @Test
    void discardsNeedEveryTargetsSupport() throws Exception {
        MappedDevice both = dm.create("both", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(both, BioOp.DISCARD, 0, 4, 8));
        assertEquals(List.of("DISCARD 4+4"), a.log());
        assertEquals(List.of("DISCARD 0+4"), b.log());
        b.limits(QueueLimits.DEFAULT);
        MappedDevice one = dm.create("one", "0 8 map a 0\n8 8 map b 0");
        assertEquals(0, one.limits().maxDiscardSectors());
        assertEquals(BioStatus.UNSUPPORTED, status(one, BioOp.DISCARD, 0, 0, 4));
    }

    @Test
    void aLongDiscardIsSplitAtWholeBlocks() throws Exception {
        QueueLimits blocks = QueueLimits.builder()
                .logicalBlockSize(4096)
                .maxDiscardSectors(21)
                .build();
        a.limits(blocks);
        MappedDevice device = dm.create("vol", "0 40 map a 8");
        assertEquals(BioStatus.OK, status(device, BioOp.DISCARD, 0, 0, 40));
        assertEquals(List.of("DISCARD 8+16", "DISCARD 24+16", "DISCARD 40+8"), a.log());
    }

    @Test
    void fastZeroesChangeNothingUnlessEveryDeviceHasThem() throws Exception {
        a.limits(a.limits().toBuilder().fastZeroes(true).build());
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.UNSUPPORTED, status(device, BioOp.WRITE_ZEROES, BioFlags.FAST_ONLY, 0, 16));
        assertEquals(List.of(), a.log());
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE_ZEROES, 0, 0, 16));
    }
}
