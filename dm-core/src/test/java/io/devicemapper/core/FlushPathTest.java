package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.QueueLimits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Flushes, and writes with FUA and PREFLUSH, on devices with and without them. */
class FlushPathTest extends BioPathBed {
    @Test
    void aFlushReachesEachWritableDeviceOnce() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 0\n4 4 map b 0\n8 4 map a 20");
        device.flush();
        assertEquals(List.of("FLUSH 0+0"), a.log());
        assertEquals(List.of("FLUSH 0+0"), b.log());
        b.answer(bio -> BioStatus.IO);
        assertThrows(BlockIoException.class, device::flush);
    }

    @Test
    void aTargetThatAsksForThemGetsNumberedFlushes() throws Exception {
        target.settings = ti -> ti.flushBios(2);
        List<Integer> copies = new ArrayList<>();
        target.map = (ti, bio) -> {
            copies.add(bio.copyNumber());
            return ScriptedTarget.linear(ti, bio);
        };
        MappedDevice device = dm.create("vol", "0 4 map a 0");
        device.flush();
        assertEquals(List.of(0, 1), copies);
        assertEquals(List.of("FLUSH 0+0", "FLUSH 0+0"), a.log());
    }

    @Test
    void fuaIsAWriteAndAFlushWhereTheDeviceLacksIt() throws Exception {
        a.limits(QueueLimits.builder().writeCache(true).build());
        MappedDevice device = dm.create("vol", "0 8 map a 10\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.FUA, 1, 2));
        assertEquals(List.of("WRITE 11+2", "FLUSH 0+0"), a.log());
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.FUA, 9, 2));
        assertEquals(List.of("WRITE(FUA) 1+2"), b.log());
    }

    @Test
    void aPreflushComesBeforeTheData() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.PREFLUSH | BioFlags.FUA, 1, 2));
        assertEquals(List.of("FLUSH 0+0", "WRITE(FUA) 1+2"), a.log());
        assertEquals(List.of("FLUSH 0+0"), b.log());
        b.answer(bio -> BioStatus.IO);
        assertEquals(BioStatus.IO, status(device, BioOp.WRITE, BioFlags.PREFLUSH, 1, 2));
        assertEquals(3, a.log().size());
    }

    @Test
    void aFlushGoesDownThroughDevicesWhoseTablesWereLoadedBeforeThereWasACache() throws Exception {
        a.limits(QueueLimits.DEFAULT);
        dm.create("l0", "0 8 map a 0");
        dm.create("l1", "0 8 map /dev/mapper/l0 0");
        dm.create("l2", "0 8 map /dev/mapper/l1 0");
        MappedDevice top = dm.create("l3", "0 8 map /dev/mapper/l2 0");
        dm.load("l0", "0 8 map b 0");
        dm.resume("l0");
        top.flush();
        assertEquals(List.of("FLUSH 0+0"), b.log());
        b.limits(QueueLimits.builder().writeCache(true).build());
        assertEquals(BioStatus.OK, status(top, BioOp.WRITE, BioFlags.FUA, 0, 4));
        assertEquals(List.of("FLUSH 0+0", "WRITE 0+4", "FLUSH 0+0"), b.log());
    }

    @Test
    void aLowerDeviceThatCannotTellItsLimitsFailsTheBioAlone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        QueueLimits before = a.limits();
        a.limits(null);
        assertEquals(BioStatus.IO, status(device, BioOp.WRITE, BioFlags.FUA, 0, 4));
        assertEquals(BioStatus.IO, status(device, BioOp.FLUSH, 0, 0, 0));
        a.limits(before);
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.FUA, 0, 4));
        dm.suspend("vol");
    }
}
