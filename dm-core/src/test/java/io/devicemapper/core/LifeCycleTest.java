package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.StatusType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The operations on tables, the order in which targets learn of them, and what an operation that fails leaves unchanged. */
class LifeCycleTest extends LifeCycleBed {
    @Test
    void aDeviceWithoutATableIsNotSuspendedAndFailsItsBios() throws Exception {
        MappedDevice device = dm.create(CreateRequest.named("vol"));
        assertFalse(device.isSuspended());
        assertEquals(0, device.sectors());
        assertEquals(Optional.empty(), device.liveTable());
        assertEquals(List.of(BioStatus.IO), read(device, 0));
        dm.resume("vol");
        dm.clear("vol");
        dm.suspend("vol");
        assertTrue(device.isSuspended());
        fails(DmError.INVALID, "vol: cannot resume: the device is suspended and has no table", () -> dm.resume("vol"));
        dm.load("vol", "0 8 one a 0");
        dm.resume("vol");
        assertFalse(device.isSuspended());
        assertEquals(List.of(BioStatus.OK), read(device, 0));
    }

    @Test
    void targetsLearnOfEachStepInOrder() throws Exception {
        dm.create("vol", "0 8 one a 0");
        assertEquals(List.of("ctr", "preresume", "resume"), one.life());
        dm.suspend("vol");
        dm.suspend("vol");
        assertEquals(List.of("presuspend", "postsuspend"), one.life().subList(3, 5));
        dm.resume("vol");
        dm.resume("vol");
        assertEquals(List.of("preresume", "resume"), one.life().subList(5, 7));
        dm.load("vol", "0 8 two a 0");
        assertEquals(7, one.life().size());
        assertEquals(List.of("ctr"), two.life());
        List<String> atDtr = new ArrayList<>();
        one.onDtr = () -> atDtr.addAll(two.life());
        dm.resume("vol");
        assertEquals(List.of("presuspend", "postsuspend", "dtr"), one.life().subList(7, 10));
        assertEquals(List.of("ctr", "preresume", "resume"), atDtr, "the old table goes when the new one is live");
        dm.remove("vol");
        assertEquals(List.of("presuspend", "postsuspend", "dtr"), two.life().subList(3, 6));
    }

    @Test
    void loadReplacesTheInactiveTableAndClearDropsIt() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.load("vol", "0 8 two a 0");
        dm.load("vol", "0 9 two a 0");
        assertEquals(List.of("ctr", "ctr", "dtr"), two.life());
        assertEquals(9, device.inactiveTable().orElseThrow().sectors());
        assertEquals(8, device.sectors());
        DmException refused = assertThrows(DmException.class, () -> dm.load("vol", "0 9 two a x"));
        assertTrue(refused.getMessage().startsWith("vol: table line 1: two: "), refused.getMessage());
        assertEquals(9, device.inactiveTable().orElseThrow().sectors(), "the table that was there stays");
        dm.clear("vol");
        dm.clear("vol");
        assertTrue(device.inactiveTable().isEmpty());
        assertEquals(List.of(BioStatus.OK), read(device, 0));
        dm.resume("vol");
        assertEquals("one", device.liveTable().orElseThrow().targets().get(0).typeName());
    }

    @Test
    void createLeavesNothingWhenItsTableIsRefused() throws Exception {
        dm.create("low", "0 8 one a 0");
        two.settings = ti -> {
            ti.worker("busy", 1).execute(() -> {});
            throw new IllegalStateException("on purpose");
        };
        assertThrows(DmException.class, () -> dm.create("vol", "0 8 one /dev/mapper/low 0\n8 8 two a 0"));
        assertEquals(
                List.of("low"), dm.devices().stream().map(MappedDevice::name).toList());
        assertEquals(0, dm.device("low").orElseThrow().openCount());
        assertEquals(List.of(), two.life().stream().filter("dtr"::equals).toList());
        assertEquals(1, one.life().stream().filter("dtr"::equals).count());
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().startsWith("dm-vol-busy")));
        two.settings = ti -> {};
        two.preresumeFailure = "cannot";
        fails(DmError.INVALID, "vol: two: cannot", () -> dm.create("vol", "0 8 two a 0"));
        assertTrue(dm.device("vol").isEmpty());
        assertEquals(
                two.life().stream().filter("ctr"::equals).count() - 1, // the one whose ctr threw had not recorded it
                two.life().stream().filter("dtr"::equals).count() - 1);
        two.preresumeFailure = null;
        dm.create("vol", "0 8 two a 0");
    }

    @Test
    void aResumeThatFailsPutsTheOldTableBackIntoService() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.load("vol", "0 8 two a 0");
        two.preresumeFailure = "cannot start";
        fails(DmError.INVALID, "vol: two: cannot start", () -> dm.resume("vol"));
        assertFalse(device.isSuspended());
        assertTrue(device.inactiveTable().isEmpty());
        assertEquals(List.of("ctr", "dtr"), two.life());
        assertEquals(
                List.of("ctr", "preresume", "resume", "presuspend", "postsuspend", "preresume", "resume"), one.life());
        assertEquals(List.of(BioStatus.OK), read(device, 0));
    }

    @Test
    void aResumeThatFailsLeavesASuspendedDeviceSuspended() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.suspend("vol");
        dm.load("vol", "0 8 two a 0");
        two.preresumeFailure = "cannot start";
        assertThrows(DmException.class, () -> dm.resume("vol"));
        assertTrue(device.isSuspended());
        List<BioStatus> answers = read(device, 0);
        assertEquals(List.of(), answers);
        dm.resume("vol");
        assertEquals(List.of(BioStatus.OK), answers);
        assertEquals("one", device.liveTable().orElseThrow().targets().get(0).typeName());
    }

    @Test
    void aTableThatNoLongerFitsItsDevicesIsDroppedAtResume() throws Exception {
        dm.create("low", "0 100 one a 0");
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        two.areas = ScriptedTarget::linearArea;
        dm.load("vol", "0 50 two /dev/mapper/low 50");
        dm.load("low", "0 60 one a 0");
        dm.resume("low");
        assertThrows(DmException.class, () -> dm.resume("vol"));
        assertFalse(device.isSuspended());
        assertEquals(8, device.sectors());
        assertEquals(0, dm.device("low").orElseThrow().openCount());
        assertFalse(two.life().contains("preresume"));
    }

    @Test
    void eventsWakeWaiters() throws Exception {
        AtomicReference<DmTarget<ScriptedTarget.State>> ti = new AtomicReference<>();
        one.settings = ti::set;
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        assertEquals(0, device.eventNumber());
        assertEquals(0, device.awaitEvent(7));
        AtomicReference<Long> woken = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try {
                woken.set(device.awaitEvent(0));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        waiter.start();
        awaitWaiting(waiter);
        ti.get().event();
        waiter.join(20_000);
        assertEquals(1, woken.get());
        dm.load("vol", "0 8 two a 0");
        dm.resume("vol");
        assertEquals(1, device.eventNumber(), "neither load nor swap is an event");
        ti.get().event();
        assertEquals(1, device.eventNumber(), "its table is not live any more");
        dm.rename("vol", "other");
        assertEquals(2, device.eventNumber());
        dm.remove("other");
        assertEquals(3, device.eventNumber());
    }

    @Test
    void aReadOnlyTableMakesTheDeviceReadOnlyAtTheSwap() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.load("vol", LoadRequest.of("0 8 one a 0").readOnly(true));
        assertFalse(device.isReadOnly());
        dm.resume("vol");
        assertTrue(device.isReadOnly());
        fails(
                DmError.INVALID,
                "upper: table line 1: one: Device lookup failed (argument 1 <dev>: '/dev/mapper/vol' is read-only)",
                () -> dm.create("upper", "0 8 one /dev/mapper/vol 0"));
        dm.create(CreateRequest.named("upper").readOnly(true).table("0 8 one /dev/mapper/vol 0"));
    }

    @Test
    void cyclesAreRefused() throws Exception {
        dm.create("x", "0 8 one a 0");
        fails(
                DmError.INVALID,
                "x: table line 1: one: Device lookup failed (argument 1 <dev>: cycle: x -> x)",
                () -> dm.load("x", "0 8 one /dev/mapper/x 0"));
        dm.create("y", "0 8 one /dev/mapper/x 0");
        dm.create("z", "0 8 one /dev/mapper/y 0");
        fails(
                DmError.INVALID,
                "x: table line 2: one: Device lookup failed (argument 1 <dev>: cycle: x -> z -> y -> x)",
                () -> dm.load("x", "0 8 one a 0\n8 8 one /dev/mapper/z 0"));
        dm.load("z", "0 8 one a 0");
        dm.resume("z");
        dm.load("x", "0 8 one /dev/mapper/z 0");
        fails(
                DmError.INVALID,
                "z: table line 1: one: Device lookup failed (argument 1 <dev>: cycle: z -> y -> x -> z)",
                () -> dm.load("z", "0 8 one /dev/mapper/y 0"));
    }

    @Test
    void dependenciesAreListedLatestFirst() throws Exception {
        MappedDevice low = dm.create("low", "0 8 one a 0");
        MappedDevice device = dm.create("vol", "0 8 one b 0\n8 8 one /dev/mapper/low 0\n16 8 one b 8");
        assertEquals(
                List.of(new Dependency("/dev/mapper/low", Optional.of(low)), new Dependency("b", Optional.empty())),
                device.liveTable().orElseThrow().dependencies());
        dm.load("vol", "0 8 one a 0");
        assertEquals(
                List.of(new Dependency("a", Optional.empty())),
                device.inactiveTable().orElseThrow().dependencies());
    }

    @Test
    void theViewOfATableThatIsGoneIsHarmless() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        TableView view = device.liveTable().orElseThrow();
        List<? extends TargetView> targets = view.targets();
        dm.remove("vol");
        assertEquals("", targets.get(0).status(StatusType.INFO));
        assertEquals(List.of(), view.targets());
        assertEquals(List.of(), view.dependencies());
    }
}
