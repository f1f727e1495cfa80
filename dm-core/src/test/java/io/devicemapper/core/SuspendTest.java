package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.MapResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Suspend and resume of a device with bios under way, held back and requeued. */
class SuspendTest extends LifeCycleBed {
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
    void aBioHeldBackByASuspendIsCountedOnce() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        dm.suspend("vol");
        List<BioStatus> answers = new ArrayList<>();
        device.submit(Bio.read(0, ByteBuffer.allocate(1024), (bio, status) -> answers.add(status)));
        dm.resume("vol");
        assertEquals(List.of(BioStatus.OK), answers);
        assertEquals(1, device.statistics().reads());
        assertEquals(2, device.statistics().sectorsRead());
    }

    @Test
    void suspendWaitsForWhatIsUnderWay() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 one a 0");
        a.hold();
        List<BioStatus> answers = read(device, 0);
        Thread suspender = suspending("vol");
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
        Thread suspender = suspending("vol");
        assertFalse(one.life().contains("postsuspend"));
        goOn.countDown();
        suspender.join(20_000);
        submitter.join(20_000);
        assertTrue(device.isSuspended());
        assertTrue(one.life().contains("postsuspend"));
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

    @Test
    void anUpperDeviceIsSuspendedOnlyWhenTheLowerOneHasAnswered() throws Exception {
        dm.create("low", "0 8 one a 0");
        MappedDevice upper = dm.create("upper", "0 8 two /dev/mapper/low 0");
        dm.suspend("low");
        List<BioStatus> held = read(upper, 0);
        Thread suspender = suspending("upper");
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
}
