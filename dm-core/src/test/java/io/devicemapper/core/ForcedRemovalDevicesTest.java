package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.TargetBio;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What a removal by force does to open devices, and to the devices below. */
class ForcedRemovalDevicesTest extends ForcedRemovalBed {
    @Test
    void anOpenDeviceGetsATableThatFailsAndStays() throws Exception {
        keepAll();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        OpenHandle handle = device.open("NBD client 127.0.0.1:4711");
        DmException busy = assertThrows(DmException.class, () -> dm.remove("vol", RemoveFlag.FORCE));
        assertEquals(DmError.BUSY, busy.error());
        assertEquals("vol: device is busy: held by NBD client 127.0.0.1:4711", busy.getMessage());
        assertEquals(BioStatus.IO, read.await());
        assertEquals("error", device.liveTable().orElseThrow().targets().get(0).typeName());
        assertEquals(10, device.sectors());
        assertEquals(BioStatus.IO, Request.submit(device, BioOp.READ, 9, 1).await());
        handle.close();
        dm.remove("vol");
    }

    @Test
    void devicesOfItsOwnAreClosedUnderBiosThatDoNotEnd() throws Exception {
        MappedDevice device = dm.create("vol", "0 10 map stuck:a 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.TRANSPORT, read.await());
        assertFalse(read.bio.payloadAbandoned());
        assertEquals(List.of("open stuck:a", "close stuck:a"), stuck.log);
        assertTrue(target.life().contains("dtr"));
        dm.create("vol", "0 10 map stuck:a 5");
        assertEquals("open stuck:a", stuck.log.get(2));
    }

    @Test
    void devicesOfOthersStayOpen() throws Exception {
        dm.create("other", "0 10 map stuck:a 50");
        MappedDevice device = dm.create("vol", "0 10 map stuck:a 5\n10 10 map stuck:a 25\n20 5 map stuck:b 0");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        dm.remove("vol", RemoveFlag.FORCE);
        assertTrue(dm.device("vol").isEmpty());
        assertEquals(UNDER_WAY, read.status);
        assertEquals(List.of("open stuck:a", "open stuck:b", "close stuck:b"), stuck.log);
        dm.remove("other");
        assertEquals(3, stuck.log.size(), "the bio below still needs it");
        stuck.devices.get("stuck:a").failAll();
        assertEquals(BioStatus.TRANSPORT, read.await());
        await(() -> stuck.log.contains("close stuck:a"));
        await(() -> target.life().stream().filter("dtr"::equals).count() == 4);
        assertEquals(4, stuck.log.size());
    }

    @Test
    void removeAllByForceIsStoppedByNobody() throws Exception {
        Queue<TargetBio> kept = keepAll();
        MappedDevice low = dm.create("a-low", "0 20 map disk 0");
        MappedDevice up = dm.create("b-up", "0 20 map /dev/mapper/a-low 0");
        Request below = Request.submit(low, BioOp.READ, 0, 1);
        Request above = Request.submit(up, BioOp.READ, 0, 1);
        assertEquals(List.of(), dm.removeAll(RemoveFlag.FORCE));
        assertEquals(BioStatus.IO, below.await());
        assertEquals(BioStatus.IO, above.await());
        assertEquals(2, kept.size());
        assertEquals(List.of(), dm.devices());
    }
}
