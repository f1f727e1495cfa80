package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Removing devices that are idle, open, suspended or stacked, and closing the device mapper. */
class RemovalTest extends LifeCycleBed {
    @Test
    void removeFailsWhatASuspendedDeviceHeldBack() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.suspend("vol");
        List<BioStatus> held = read(device, 0);
        dm.remove("vol");
        assertEquals(List.of(BioStatus.IO), held);
        assertEquals(List.of(BioStatus.IO), read(device, 0));
        assertFalse(device.isSuspended());
        fails(DmError.NO_SUCH_DEVICE, "vol: Device does not exist.", () -> dm.remove("vol"));
        assertEquals(List.of(), a.log());
    }

    @Test
    void whatTargetsRequeuedFailsWithTheDevice() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        one.map = (ti, bio) -> bio.requeue();
        List<BioStatus> held = read(device, 0);
        dm.remove("vol");
        awaitSize(held);
        assertEquals(List.of(BioStatus.IO), held);
    }

    @Test
    void aBusyDeviceNamesItsHolders() throws Exception {
        MappedDevice low = dm.create("low", "0 8 one a 0");
        dm.create("upper", "0 8 one /dev/mapper/low 0\n8 8 one 253:0 0");
        OpenHandle client = low.open("NBD client 127.0.0.1:4711");
        assertEquals(2, low.openCount());
        fails(
                DmError.BUSY,
                "low: device is busy: held by NBD client 127.0.0.1:4711, mapped device upper",
                () -> dm.remove("low"));
        assertEquals(1, one.life().stream().filter("presuspend"::equals).count() + 1);
        client.close();
        client.close();
        assertEquals(List.of("mapped device upper"), low.holders());
        dm.remove("upper");
        assertEquals(0, low.openCount());
        dm.remove("low");
        DmException gone = assertThrows(DmException.class, () -> low.open("late"));
        assertEquals(DmError.NO_SUCH_DEVICE, gone.error());
    }

    @Test
    void deferredRemoveTakesPlaceAtTheLastClose() throws Exception {
        MappedDevice low = dm.create("low", "0 8 one a 0");
        OpenHandle first = low.open("first");
        OpenHandle second = low.open("second");
        dm.remove("low", RemoveFlag.DEFERRED);
        assertTrue(low.isDeferredRemove());
        assertEquals("", dm.message("low", 0, "@cancel_deferred_remove"));
        assertFalse(low.isDeferredRemove());
        first.close();
        dm.remove("low", RemoveFlag.DEFERRED);
        assertTrue(dm.device("low").isPresent());
        long event = low.eventNumber();
        second.close();
        low.awaitEvent(event);
        assertTrue(dm.device("low").isEmpty());
        dm.create("low", "0 8 one a 0");
        dm.create("upper", "0 8 two /dev/mapper/low 0");
        MappedDevice again = dm.device("low").orElseThrow();
        dm.remove("low", RemoveFlag.DEFERRED);
        long before = again.eventNumber();
        dm.remove("upper");
        again.awaitEvent(before);
        assertTrue(dm.devices().isEmpty());
    }

    @Test
    void forceReplacesTheTableFirst() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        try (OpenHandle user = device.open("user")) {
            assertSame(device, user.device());
            assertThrows(DmException.class, () -> dm.remove("vol", RemoveFlag.FORCE));
            assertEquals(
                    "error", device.liveTable().orElseThrow().targets().get(0).typeName());
            assertEquals(8, device.sectors());
            assertEquals(List.of(BioStatus.IO), read(device, 0));
            assertEquals(1, one.life().stream().filter("dtr"::equals).count());
        }
        dm.remove("vol", RemoveFlag.FORCE);
        assertTrue(dm.devices().isEmpty());
    }

    @Test
    void wipedDevicesKeepTheirSizeAndFailEverything() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0\n8 9 two a 0");
        dm.wipeTable("vol");
        assertEquals(17, device.sectors());
        assertEquals(1, device.liveTable().orElseThrow().targets().size());
        assertEquals(List.of(BioStatus.IO), read(device, 12));
        dm.create(CreateRequest.named("empty"));
        dm.wipeTable("empty");
        assertTrue(dm.device("empty").orElseThrow().liveTable().isEmpty());
    }

    @Test
    void removeAllUnwindsStacksAndLeavesWhatIsOpen() throws Exception {
        dm.create("a0", "0 8 one a 0");
        dm.create("b1", "0 8 one /dev/mapper/a0 0");
        dm.create("c2", "0 8 one /dev/mapper/b1 0");
        MappedDevice open = dm.create("open", "0 8 one a 0");
        MappedDevice below = dm.create("zlow", "0 8 one a 0");
        dm.load("open", "0 8 one /dev/mapper/zlow 0");
        OpenHandle user = open.open("user");
        assertEquals(List.of(open, below), dm.removeAll());
        assertEquals(List.of(open, below), dm.devices());
        assertEquals(List.of(open, below), dm.removeAll(RemoveFlag.DEFERRED));
        assertTrue(open.isDeferredRemove());
        long eventOfOpen = open.eventNumber();
        long eventBelow = below.eventNumber();
        user.close();
        open.awaitEvent(eventOfOpen); // which comes last of all, and may come after the one below
        below.awaitEvent(eventBelow);
        assertEquals(List.of(), dm.devices());
    }

    @Test
    void closeRemovesUpperDevicesFirstAndFailsWhatIsHeldBack() throws Exception {
        dm.create("a-low", "0 8 one a 0");
        MappedDevice upper = dm.create("z-upper", "0 8 two /dev/mapper/a-low 0");
        upper.open("a client that stays");
        List<String> atPostsuspend = new ArrayList<>();
        two.onPostsuspend = () ->
                atPostsuspend.add(dm.device("a-low").map(MappedDevice::name).orElse("gone"));
        dm.suspend("a-low");
        List<BioStatus> held = read(upper, 0);
        assertEquals(1, upper.statistics().inFlight());
        dm.close();
        assertEquals(List.of(BioStatus.IO), held);
        assertEquals(List.of("a-low"), atPostsuspend);
        assertTrue(dm.devices().isEmpty());
        assertThrows(IllegalStateException.class, () -> dm.create("late", ""));
        dm.close();
    }
}
