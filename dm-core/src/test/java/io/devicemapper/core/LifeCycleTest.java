package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetFeature;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operations on devices, the order in which targets learn of them, and what an operation that fails leaves unchanged. */
class LifeCycleTest {
    private final MemoryDevice a = new MemoryDevice("a", 1000);
    private final MemoryDevice b = new MemoryDevice("b", 1000);
    private final ScriptedTarget one = new ScriptedTarget("one");
    private final ScriptedTarget two = new ScriptedTarget("two");
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(one)
                .targetType(two)
                .targetType(new WipingTarget())
                .device("a", a)
                .device("b", b)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        Thread.interrupted();
        a.release();
        dm.close();
        for (ScriptedTarget type : List.of(one, two)) {
            assertEquals(
                    type.life().stream().filter("ctr"::equals).count(),
                    type.life().stream().filter("dtr"::equals).count(),
                    type.name());
        }
    }

    private DmException fails(DmError error, String message, Control operation) {
        DmException failed = assertThrows(DmException.class, operation::run);
        assertEquals(message, failed.getMessage());
        assertEquals(error, failed.error());
        return failed;
    }

    private interface Control {
        void run() throws Exception;
    }

    private List<BioStatus> read(MappedDevice device, long sector) {
        List<BioStatus> answers = new CopyOnWriteArrayList<>();
        device.submit(Bio.read(sector, ByteBuffer.allocate(512), (bio, status) -> answers.add(status)));
        return answers;
    }

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
    void biosHeldBackByASuspendAreMappedByTheNewTableInOrder() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.suspend("vol");
        List<List<BioStatus>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(read(device, i));
        }
        assertEquals(0, device.statistics().inFlight());
        dm.load("vol", "0 4 two b 100");
        dm.resume("vol");
        assertEquals(List.of("READ 100+1", "READ 101+1", "READ 102+1", "READ 103+1"), b.log());
        assertEquals(List.of(), a.log());
        assertEquals(
                List.of(BioStatus.OK, BioStatus.OK, BioStatus.OK, BioStatus.OK, BioStatus.IO),
                answers.stream().map(l -> l.get(0)).toList(),
                "the last lies beyond the end of the new table");
    }

    @Test
    void suspendWaitsForWhatIsUnderWay() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        a.hold();
        List<BioStatus> answers = read(device, 0);
        Thread suspender = new Thread(() -> {
            try {
                dm.suspend("vol");
            } catch (DmException e) {
                throw new AssertionError(e);
            }
        });
        suspender.start();
        awaitWaiting(suspender);
        assertFalse(device.isSuspended());
        assertFalse(one.life().contains("postsuspend"));
        List<BioStatus> late = read(device, 1);
        a.release();
        suspender.join(20_000);
        assertTrue(device.isSuspended());
        assertEquals(List.of(BioStatus.OK), answers);
        assertEquals(List.of(), late);
        dm.resume("vol");
        assertEquals(List.of(BioStatus.OK), late);
    }

    @Test
    void suspendWaitsForAMapThatHasNotReturnedThoughItsBioHasEnded() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        CountDownLatch inMap = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        one.map = (ti, bio) -> {
            MapResult result = bio.complete(BioStatus.OK);
            inMap.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return result;
        };
        Thread submitter = new Thread(() -> read(device, 0));
        submitter.start();
        assertTrue(inMap.await(20, TimeUnit.SECONDS));
        assertEquals(0, device.statistics().inFlight());
        Thread suspender = new Thread(() -> {
            try {
                dm.suspend("vol");
            } catch (DmException e) {
                throw new AssertionError(e);
            }
        });
        suspender.start();
        awaitWaiting(suspender);
        assertFalse(one.life().contains("postsuspend"));
        goOn.countDown();
        suspender.join(20_000);
        submitter.join(20_000);
        assertTrue(device.isSuspended());
        assertTrue(one.life().contains("postsuspend"));
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(thread.isAlive(), "it ended");
            Thread.onSpinWait();
        }
    }

    @Test
    void anInterruptedSuspendIsUndone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        a.hold();
        read(device, 0);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread suspender = new Thread(() -> {
            thrown.set(assertThrows(DmException.class, () -> dm.suspend("vol")));
            assertTrue(Thread.interrupted());
        });
        suspender.start();
        awaitWaiting(suspender);
        List<BioStatus> held = read(device, 1);
        suspender.interrupt();
        suspender.join(20_000);
        assertEquals(
                "vol: interrupted while waiting for bios under way",
                thrown.get().getMessage());
        assertEquals(DmError.INTERRUPTED, ((DmException) thrown.get()).error());
        assertFalse(device.isSuspended());
        assertEquals(List.of("presuspend", "presuspendUndo"), one.life().subList(3, 5));
        a.awaitPending(2);
        a.release();
        assertEquals(List.of(BioStatus.OK), held);
    }

    @Test
    void anInterruptedResumeKeepsBothTables() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.load("vol", "0 8 two b 0");
        a.hold();
        read(device, 0);
        Thread.currentThread().interrupt();
        DmException failed = assertThrows(DmException.class, () -> dm.resume("vol"));
        assertTrue(Thread.interrupted());
        assertEquals(DmError.INTERRUPTED, failed.error());
        assertFalse(device.isSuspended());
        assertTrue(device.inactiveTable().isPresent());
        a.release();
        dm.resume("vol");
        assertEquals("two", device.liveTable().orElseThrow().targets().get(0).typeName());
    }

    @Test
    void aTargetThatPushesBiosBackMayDoSoInANoflushSuspendAlone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        List<Boolean> noflush = new CopyOnWriteArrayList<>();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            for (boolean push : new boolean[] {true, false}) {
                CountDownLatch kept = new CountDownLatch(1);
                CountDownLatch suspending = new CountDownLatch(1);
                one.onPresuspend = suspending::countDown;
                one.map = (ti, bio) -> {
                    other.execute(() -> {
                        try {
                            kept.countDown();
                            suspending.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        noflush.add(ti.isNoflushSuspending());
                        bio.requeue();
                    });
                    return bio.submitted();
                };
                List<BioStatus> answers = read(device, 3);
                assertTrue(kept.await(20, TimeUnit.SECONDS));
                one.map = ScriptedTarget::linear;
                if (push) {
                    dm.suspend("vol", SuspendFlag.NOFLUSH);
                    assertEquals(List.of(), answers);
                    dm.load("vol", "0 8 one b 0");
                    dm.resume("vol");
                    awaitSize(answers);
                    assertEquals(List.of(BioStatus.OK), answers);
                    assertEquals(List.of("READ 3+1"), b.log());
                } else {
                    dm.suspend("vol");
                    awaitSize(answers);
                    assertEquals(List.of(BioStatus.IO), answers);
                    dm.resume("vol");
                }
            }
        } finally {
            other.shutdownNow();
        }
        assertEquals(List.of(true, false), noflush);
    }

    private static void awaitSize(List<?> answers) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (answers.isEmpty() && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

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
        long event = below.eventNumber();
        user.close();
        below.awaitEvent(event);
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

    @Test
    void anUpperDeviceIsSuspendedOnlyWhenTheLowerOneHasAnswered() throws Exception {
        dm.create("low", "0 8 one a 0");
        MappedDevice upper = dm.create("upper", "0 8 two /dev/mapper/low 0");
        dm.suspend("low");
        List<BioStatus> held = read(upper, 0);
        Thread suspender = new Thread(() -> {
            try {
                dm.suspend("upper");
            } catch (DmException e) {
                throw new AssertionError(e);
            }
        });
        suspender.start();
        awaitWaiting(suspender);
        assertFalse(upper.isSuspended());
        dm.resume("low");
        suspender.join(20_000);
        assertTrue(upper.isSuspended());
        assertEquals(List.of(BioStatus.OK), held);
    }

    @Test
    void completionsOfReleasedBiosRunUnderNoLock() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.suspend("vol");
        List<String> done = new CopyOnWriteArrayList<>();
        device.submit(Bio.read(0, ByteBuffer.allocate(512), (bio, status) -> {
            Thread other = new Thread(() -> {
                try {
                    dm.suspend("vol", SuspendFlag.NOFLUSH);
                    done.add("suspended");
                } catch (DmException e) {
                    done.add(e.getMessage());
                }
            });
            other.start();
            awaitSize(done); // which would take for ever if this thread held the lock of its resume
        }));
        dm.resume("vol");
        assertEquals(List.of("suspended"), done);
        dm.resume("vol");
    }

    @Test
    void controlOperationsInsideACompletionAreRefusedRatherThanHang() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        List<Throwable> thrown = new ArrayList<>();
        device.submit(Bio.read(
                0,
                ByteBuffer.allocate(512),
                (bio, status) -> thrown.add(assertThrows(IllegalStateException.class, () -> dm.suspend("vol")))));
        assertEquals(1, thrown.size());
        assertFalse(device.isSuspended());
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
    void messagesReachTheTargetOfTheirSector() throws Exception {
        dm.create("vol", "0 8 one a 0\n8 8 two a 0");
        one.answer = args -> "one got " + args.rest();
        two.answer = args -> "two got " + args.rest();
        assertEquals("one got [hello, my world]", dm.message("vol", 7, " hello my\\ world "));
        assertEquals("two got []", dm.message("vol", 8, ""));
        fails(DmError.INVALID, "vol: message to sector 16: expected 0 to 15", () -> dm.message("vol", 16, "x"));
        two.answer = args -> {
            throw new TargetException("unrecognised");
        };
        fails(DmError.INVALID, "vol: two: unrecognised", () -> dm.message("vol", 8, "x"));
        fails(
                DmError.NOT_SUPPORTED,
                "vol: message '@stats_list': known: @cancel_deferred_remove",
                () -> dm.message("vol", 0, "@stats_list"));
        dm.create(CreateRequest.named("empty"));
        fails(DmError.INVALID, "empty: no live table that could take a message", () -> dm.message("empty", 0, "x"));
    }

    @Test
    void namesUuidsAndMinorsAreUnique() throws Exception {
        MappedDevice first = dm.create(CreateRequest.named("first").uuid("U-1").minor(5));
        MappedDevice second = dm.create(CreateRequest.named("second"));
        assertEquals(0, second.minor());
        assertEquals(5, first.minor());
        assertSame(first, dm.deviceByUuid("U-1").orElseThrow());
        assertSame(first, dm.deviceByMinor(5).orElseThrow());
        assertSame(first, dm.device("/dev/mapper/first").orElseThrow());
        fails(DmError.EXISTS, "first: a device of this name exists", () -> dm.create(CreateRequest.named("first")));
        fails(
                DmError.EXISTS,
                "third: uuid U-1 is taken by first",
                () -> dm.create(CreateRequest.named("third").uuid("U-1")));
        fails(
                DmError.EXISTS,
                "third: minor number 5 is taken by first",
                () -> dm.create(CreateRequest.named("third").minor(5)));
        fails(
                DmError.INVALID,
                "third: minor number 1048576: expected 0 to 1048575",
                () -> dm.create(CreateRequest.named("third").minor(1 << 20)));
        fails(
                DmError.INVALID,
                "third: minor number -1: expected 0 to 1048575",
                () -> dm.create(CreateRequest.named("third").minor(-1)));
        fails(
                DmError.EXISTS,
                "second: cannot be renamed: a device named first exists",
                () -> dm.rename("second", "first"));
        fails(DmError.EXISTS, "second: uuid U-1 is taken by first", () -> dm.setUuid("second", "U-1"));
        dm.setUuid("second", "U-2");
        fails(DmError.INVALID, "second: has a uuid, which cannot be changed: U-2", () -> dm.setUuid("second", "U-3"));
        fails(
                DmError.INVALID,
                "third: uuid of 129 bytes: expected 1 to 128",
                () -> dm.create(CreateRequest.named("third").uuid("u".repeat(129))));
        dm.remove("second");
        assertNotSame(second, dm.create(CreateRequest.named("second").uuid("U-2")));
        assertEquals(0, dm.device("second").orElseThrow().minor(), "the lowest that is free");
        assertEquals(
                List.of("first", "second"),
                dm.devices().stream().map(MappedDevice::name).toList());
        dm.rename("second", "a-second");
        assertEquals(
                List.of("a-second", "first"),
                dm.devices().stream().map(MappedDevice::name).toList());
    }

    @Test
    void namesThatCannotBe() {
        for (String name :
                List.of("", ".", "..", "control", "a/b", "new\nline", "n".repeat(128), "\u00e9".repeat(64))) {
            DmException refused = assertThrows(DmException.class, () -> dm.create(CreateRequest.named(name)), name);
            assertEquals(DmError.INVALID, refused.error());
            assertFalse(refused.getMessage().contains("\n"));
        }
        for (String name : List.of("n".repeat(127), "a b", "\u00e9".repeat(63), "-", "...")) {
            assertEquals(name, assertCreates(name).name());
        }
    }

    private MappedDevice assertCreates(String name) {
        try {
            return dm.create(CreateRequest.named(name));
        } catch (DmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anUnknownDeviceIsSaidToBeSo() {
        for (Control operation : List.<Control>of(
                () -> dm.load("no", "0 8 one a 0"),
                () -> dm.clear("no"),
                () -> dm.suspend("no"),
                () -> dm.resume("no"),
                () -> dm.remove("no"),
                () -> dm.rename("no", "yes"),
                () -> dm.setUuid("no", "u"),
                () -> dm.wipeTable("no"),
                () -> dm.message("no", 0, "x"))) {
            fails(DmError.NO_SUCH_DEVICE, "no: Device does not exist.", operation);
        }
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

    /** What {@code wipeTable} puts in the place of a table. */
    private static final class WipingTarget implements TargetType<Void> {
        @Override
        public String name() {
            return "error";
        }

        @Override
        public Version version() {
            return new Version(1, 0, 0);
        }

        @Override
        public int apiLevel() {
            return DmApi.LEVEL;
        }

        @Override
        public Set<TargetFeature> features() {
            return Set.of(TargetFeature.WILDCARD);
        }

        @Override
        public Void ctr(DmTarget<Void> ti, TargetArgs args) {
            return null;
        }

        @Override
        public MapResult map(DmTarget<Void> ti, TargetBio bio) {
            return bio.complete(BioStatus.IO);
        }
    }
}
