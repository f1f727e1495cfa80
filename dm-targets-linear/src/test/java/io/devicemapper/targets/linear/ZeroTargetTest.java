package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.SectorPattern;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ZeroTargetTest {
    private final TestBed bed = new TestBed();

    @AfterEach
    void close() throws DmException {
        bed.close();
    }

    @Test
    void readsFillThePayloadAndNothingElse() throws Exception {
        MappedDevice device = bed.create("0 1000 zero");
        List<IntFunction<ByteBuffer>> kinds = List.of(ByteBuffer::allocate, ByteBuffer::allocateDirect);
        for (IntFunction<ByteBuffer> kind : kinds) {
            for (int sectors : new int[] {1, 8, 16, 17, 500}) {
                byte[] expected = new byte[(sectors + 2) * 512];
                Arrays.fill(expected, (byte) 7);
                ByteBuffer buffer = kind.apply(expected.length).put(expected).clear();
                Arrays.fill(expected, 512, (sectors + 1) * 512, (byte) 0);

                buffer.position(512).limit((sectors + 1) * 512);
                device.read(3, buffer);
                assertEquals(512, buffer.position());
                assertEquals(ByteBuffer.wrap(expected), buffer.clear(), sectors + " sectors");
            }
        }
    }

    @Test
    void whatIsWrittenIsForgotten() throws Exception {
        MappedDevice device = bed.create("0 1000 zero");
        device.write(0, SectorPattern.golden().sectors(0, 8, 'a'));
        ByteBuffer read = SectorPattern.golden().sectors(0, 8, 'b');
        device.read(0, read);
        assertEquals(ByteBuffer.allocate(8 * 512), read);
    }

    @Test
    void discardAndFlushSucceedAndWriteZeroesIsUnknown() throws Exception {
        MappedDevice device = bed.create("0 1000 zero");
        assertEquals(BioStatus.OK, TestBed.submit(device, BioOp.DISCARD, 0, 1000));
        assertEquals(BioStatus.OK, TestBed.flush(device));
        assertEquals(BioStatus.UNSUPPORTED, TestBed.submit(device, BioOp.WRITE_ZEROES, 0, 8));
        assertEquals(QueueLimits.UNLIMITED, device.limits().maxDiscardSectors());
        assertEquals(512, device.limits().discardGranularity());
    }

    @Test
    void allIsAHole() throws Exception {
        MappedDevice device = bed.create("0 1000 zero");
        assertEquals(List.of("5+90 HOLE"), TestBed.extents(device, 5, 90));
    }

    @Test
    void argumentsAreRefused() throws Exception {
        assertEquals("zero: No arguments required (found 2)", bed.refusal("0 8 zero 7:0 0"));
        MappedDevice device = bed.create("0 8 zero");
        assertEquals("", TestBed.table(device));
        assertEquals("", TestBed.info(device));
    }
}
