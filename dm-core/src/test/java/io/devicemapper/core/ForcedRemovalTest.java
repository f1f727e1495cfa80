package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that an ordinary removal would wait for, for ever: a removal by force ends what can be ended, and frees the name. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForcedRemovalTest {
    private static final BioStatus UNDER_WAY = null;

    private final MemoryDevice disk = new MemoryDevice("disk", 1000);
    private final ScriptedTarget target = new ScriptedTarget("map");
    private final StuckDevices stuck = new StuckDevices();
    private final List<String> breaches = new CopyOnWriteArrayList<>();
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = open(Duration.ofMillis(50));
    }

    private DeviceMapper open(Duration wait) {
        return DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .targetType(new ErrorTarget())
                .provider(stuck)
                .device("disk", disk)
                .forcedRemovalWait(wait)
                .breachListener(breaches::add)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
        await(() -> target.life().stream().filter("ctr"::equals).count()
                == target.life().stream().filter("dtr"::equals).count());
    }

    /** A bio whose end can be waited for. */
    private static final class Request {
        private final CountDownLatch ended = new CountDownLatch(1);
        private final AtomicInteger ends = new AtomicInteger();
        private final Bio bio;
        private volatile BioStatus status = UNDER_WAY;

        Request(BioOp op, long sector, int sectors) {
            bio = Bio.of(op, 0, sector, sectors, ByteBuffer.allocate(sectors * 512), (b, how) -> {
                status = how;
                ends.incrementAndGet();
                ended.countDown();
            });
        }

        static Request submit(BlockDevice device, BioOp op, long sector, int sectors) {
            Request request = new Request(op, sector, sectors);
            device.submit(request.bio);
            return request;
        }

        BioStatus await() throws InterruptedException {
            assertTrue(ended.await(20, TimeUnit.SECONDS), "the bio never ended");
            return status;
        }
    }

    private static void await(BooleanSupplier condition) {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < giveUp, "waited in vain");
            LockSupport.parkNanos(100_000);
        }
    }

    private static <T> FutureTask<T> inBackground(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future, "background");
        thread.setDaemon(true);
        thread.start();
        return future;
    }

    /** Has the target keep each bio. */
    private Queue<TargetBio> keepAll() {
        Queue<TargetBio> kept = new ConcurrentLinkedQueue<>();
        target.map = (ti, bio) -> {
            kept.add(bio);
            return bio.submitted();
        };
        return kept;
    }

    @Test
    void biosThatATargetKeepsFail() throws Exception {
        Queue<TargetBio> kept = keepAll();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        Request write = Request.submit(device, BioOp.WRITE, 3, 2);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.IO, read.await());
        assertEquals(BioStatus.IO, write.await());
        assertTrue(read.bio.payloadAbandoned() && write.bio.payloadAbandoned());
        assertTrue(dm.device("vol").isEmpty());
        assertTrue(target.life().containsAll(List.of("presuspend", "postsuspend", "dtr")));
        assertEquals(
                List.of("vol: target map at sector 0: kept bios until they were taken from it, and failed"), breaches);
        kept.forEach(bio -> bio.complete(BioStatus.OK));
        kept.forEach(TargetBio::requeue);
        assertEquals(1, read.ends.get());
        assertEquals(1, write.ends.get());
        assertEquals(List.of(), disk.log());
    }

    @Test
    void biosThatATargetKeepsInEndIoFail() throws Exception {
        target.end = (ti, bio, status) -> EndIo.incomplete();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.IO, read.await());
        assertTrue(read.bio.payloadAbandoned());
    }

    @Test
    void aBioThatIsKeptTooLateIsTakenAtOnce() throws Exception {
        disk.hold();
        target.end = (ti, bio, status) -> EndIo.incomplete();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(UNDER_WAY, read.status, "it is below, on a device that is not ours to close");
        assertFalse(target.life().contains("dtr"));
        disk.release();
        assertEquals(BioStatus.IO, read.await());
        await(() -> target.life().contains("dtr"));
    }

    @Test
    void aDeviceThatBehavesLosesNoBio() throws Exception {
        dm.close();
        dm = open(Duration.ofSeconds(20));
        disk.hold();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request write = Request.submit(device, BioOp.WRITE, 0, 1);
        FutureTask<Void> removal = inBackground(() -> {
            dm.remove("vol", RemoveFlag.FORCE);
            return null;
        });
        await(() -> target.life().contains("presuspend"));
        disk.release();
        removal.get();
        assertEquals(BioStatus.OK, write.await());
        assertFalse(write.bio.payloadAbandoned());
        assertEquals(List.of(), breaches);
        assertEquals(List.of("ctr", "preresume", "resume", "presuspend", "postsuspend", "dtr"), target.life());
    }

    @Test
    void aMapThatNeverReturnsCostsItsThreadAlone() throws Exception {
        CountDownLatch inMap = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        target.map = (ti, bio) -> {
            inMap.countDown();
            awaitUninterruptibly(leave);
            return ScriptedTarget.linear(ti, bio);
        };
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        FutureTask<Request> submission = inBackground(() -> Request.submit(device, BioOp.WRITE, 0, 1));
        inMap.await();
        dm.remove("vol", RemoveFlag.FORCE);
        assertTrue(dm.device("vol").isEmpty());
        assertFalse(target.life().contains("dtr"), "it was taken apart while its code runs");
        assertThrows(BlockIoException.class, () -> device.read(0, ByteBuffer.allocate(512)));
        target.map = ScriptedTarget::linear;
        dm.create("vol", "0 10 map disk 100").write(0, ByteBuffer.allocate(512));
        assertEquals(List.of("WRITE 100+1"), disk.log());
        leave.countDown();
        assertEquals(BioStatus.OK, submission.get().await());
        assertEquals(List.of("WRITE 100+1", "WRITE 5+1"), disk.log());
        await(() -> target.life().contains("dtr"));
        assertEquals(1, target.life().stream().filter("dtr"::equals).count());
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anOperationThatWaitsForBiosGivesWay() throws Exception {
        keepAll();
        for (String operation : List.of("suspend", "remove", "resume")) {
            MappedDevice device = dm.create("vol", "0 10 map disk 5");
            dm.load("vol", "0 10 map disk 6");
            Request read = Request.submit(device, BioOp.READ, 0, 1);
            int before =
                    (int) target.life().stream().filter("presuspend"::equals).count();
            FutureTask<Void> waiting = inBackground(() -> {
                switch (operation) {
                    case "suspend" -> dm.suspend("vol");
                    case "remove" -> dm.remove("vol");
                    default -> dm.resume("vol");
                }
                return null;
            });
            await(() -> target.life().stream().filter("presuspend"::equals).count() > before);
            dm.remove("vol", RemoveFlag.FORCE);
            DmException refusal = (DmException)
                    assertThrows(ExecutionException.class, waiting::get).getCause();
            assertEquals(DmError.INTERRUPTED, refusal.error());
            assertEquals("vol: the wait for bios under way gave way to a forced removal", refusal.getMessage());
            assertEquals(BioStatus.IO, read.await());
            assertTrue(dm.device("vol").isEmpty());
        }
    }

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
    void anOpenDeviceWithAMapThatNeverReturnsGoesOnAsAnyOther() throws Exception {
        CountDownLatch inMap = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        target.map = (ti, bio) -> {
            inMap.countDown();
            awaitUninterruptibly(leave);
            return bio.requeue();
        };
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        FutureTask<Request> submission = inBackground(() -> Request.submit(device, BioOp.READ, 0, 1));
        inMap.await();
        try (OpenHandle handle = device.open("somebody")) {
            assertThrows(DmException.class, () -> dm.remove("vol", RemoveFlag.FORCE));
            assertTrue(device.holders().contains("somebody"));
            target.map = ScriptedTarget::linear;
            dm.load("vol", "0 10 map disk 50");
            dm.suspend("vol");
            Request heldBack = Request.submit(device, BioOp.WRITE, 0, 1);
            dm.resume("vol");
            assertEquals(BioStatus.OK, heldBack.await());
            assertEquals(0, device.statistics().inFlight());
            leave.countDown();
            assertEquals(BioStatus.OK, submission.get().await(), "it was requeued, and mapped by the next table");
            await(() -> target.life().contains("dtr"));
            assertEquals(List.of("WRITE 50+1", "READ 50+1"), disk.log());
            assertEquals(device, handle.device());
        }
        dm.remove("vol");
    }

    @Test
    void anAbandonedPayloadIsKnownAtTheTopOfAStack() throws Exception {
        Queue<TargetBio> kept = keepAll();
        dm.create("low", "0 20 map disk 0");
        target.map = ScriptedTarget::linear;
        dm.create("middle", "0 10 map /dev/mapper/low 0\n10 10 map /dev/mapper/low 10");
        MappedDevice up = dm.create("up", "0 20 map /dev/mapper/middle 0");
        target.map = (ti, bio) -> ti.deviceName().equals("low") ? keep(kept, bio) : ScriptedTarget.linear(ti, bio);
        Request whole = Request.submit(up, BioOp.READ, 1, 2);
        Request split = Request.submit(up, BioOp.WRITE, 8, 4);
        Request ended = Request.submit(up, BioOp.WRITE, 3, 1);
        assertEquals(4, kept.size());
        kept.stream().filter(bio -> bio.sector() == 3).findFirst().orElseThrow().complete(BioStatus.OK);
        DmException busy = assertThrows(DmException.class, () -> dm.remove("low", RemoveFlag.FORCE));
        assertEquals("low: device is busy: held by mapped device middle", busy.getMessage());
        assertEquals(BioStatus.IO, whole.await());
        assertEquals(BioStatus.IO, split.await());
        assertEquals(BioStatus.OK, ended.await());
        assertTrue(whole.bio.payloadAbandoned() && split.bio.payloadAbandoned());
        assertFalse(ended.bio.payloadAbandoned());
        BlockIoException failure = assertThrows(BlockIoException.class, () -> up.read(0, ByteBuffer.allocate(512)));
        assertFalse(failure.bufferAbandoned());
    }

    private static MapResult keep(Queue<TargetBio> kept, TargetBio bio) {
        kept.add(bio);
        return bio.submitted();
    }

    @Test
    void anAbandonedPayloadSurvivesFuaAndPreflush() throws Exception {
        disk.limits(QueueLimits.builder().writeCache(true).build());
        keepAll();
        MappedDevice low = dm.create("low", "0 20 map disk 0");
        CountDownLatch ended = new CountDownLatch(1);
        Bio write = Bio.write(
                0, BioFlags.PREFLUSH | BioFlags.FUA, ByteBuffer.allocate(512), (bio, status) -> ended.countDown());
        low.submit(write);
        dm.remove("low", RemoveFlag.FORCE);
        ended.await();
        assertTrue(write.payloadAbandoned());
    }

    @Test
    void anOperationThatNeverEndsDoesNotKeepTheName() throws Exception {
        CountDownLatch inCtr = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        target.settings = ti -> {
            inCtr.countDown();
            awaitUninterruptibly(leave);
        };
        FutureTask<MappedDevice> create = inBackground(() -> dm.create("vol", "0 10 map disk 5"));
        inCtr.await();
        dm.remove("vol", RemoveFlag.FORCE);
        target.settings = ti -> {};
        dm.create("vol", "0 10 map disk 6").write(0, ByteBuffer.allocate(512));
        leave.countDown();
        DmException gone = (DmException)
                assertThrows(ExecutionException.class, create::get).getCause();
        assertEquals(DmError.NO_SUCH_DEVICE, gone.error());
        await(() -> target.life().contains("dtr"));
        assertEquals(List.of("WRITE 6+1"), disk.log());
        assertTrue(dm.device("vol").isPresent());
    }

    @Test
    void aLoadThatNeverEndsDoesNotKeepTheBios() throws Exception {
        CountDownLatch leave = new CountDownLatch(1);
        CountDownLatch inCtr = new CountDownLatch(1);
        Queue<TargetBio> kept = keepAll();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        FutureTask<Void> stuckLoad = inBackground(() -> {
            target.settings = ti -> {
                inCtr.countDown();
                awaitUninterruptibly(leave);
            };
            dm.load("vol", "0 10 map disk 5");
            return null;
        });
        inCtr.await();
        try (OpenHandle handle = device.open("somebody")) {
            assertEquals(
                    "vol: device is busy: held by somebody",
                    assertThrows(DmException.class, () -> dm.remove("vol", RemoveFlag.FORCE))
                            .getMessage());
            assertEquals(device, handle.device());
        }
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.IO, read.await());
        assertEquals(1, kept.size());
        leave.countDown();
        stuckLoad.get();
        await(() -> target.life().stream().filter("dtr"::equals).count() == 2);
        assertEquals(List.of(), device.holders());
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

    @Test
    void eachBioEndsOnceWhoeverWins() throws Exception {
        dm.close();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            dm = open(Duration.ofNanos(random.nextInt(300_000)));
            Queue<TargetBio> kept = new ConcurrentLinkedQueue<>();
            AtomicReference<DmDev> dev = new AtomicReference<>();
            target.map = (ti, bio) -> {
                dev.set(ti.state().dev());
                return keep(kept, bio);
            };
            if (random.nextBoolean()) {
                target.end = (ti, bio, status) -> random.nextBoolean() ? EndIo.done(status) : EndIo.requeue();
            }
            MappedDevice device = dm.create("vol", "0 10 map disk 5");
            List<Request> requests = new ArrayList<>();
            int count = 1 + random.nextInt(50);
            for (int i = 0; i < count; i++) {
                requests.add(Request.submit(device, BioOp.READ, random.nextInt(10), 1));
            }
            FutureTask<Void> ending = inBackground(() -> {
                for (TargetBio bio = kept.poll(); bio != null; bio = kept.poll()) {
                    switch (bio.hashCode() % 3) {
                        case 0 -> bio.complete(BioStatus.OK);
                        case 1 -> bio.requeue();
                        default -> bio.remap(dev.get(), bio.sector());
                    }
                }
                return null;
            });
            dm.remove("vol", RemoveFlag.FORCE);
            ending.get();
            for (Request request : requests) {
                request.await();
                assertEquals(1, request.ends.get(), "seed " + seed + " round " + round);
            }
            dm.close();
            target.end = (ti, bio, status) -> EndIo.done(status);
        }
        dm = open(Duration.ofMillis(50));
    }

    /** Devices {@code stuck:NAME} that never end a bio unless they are told to or closed. */
    private static final class StuckDevices extends PlainDevice.Provider {
        private final List<String> log = new CopyOnWriteArrayList<>();
        private final Map<String, StuckDevice> devices = new ConcurrentHashMap<>();

        StuckDevices() {
            super("stuck");
        }

        @Override
        public String identity(String name, OpenContext context) {
            return name;
        }

        @Override
        public BlockDevice open(String name, OpenContext context) {
            log.add("open " + name);
            StuckDevice device = new StuckDevice(name, log);
            devices.put(name, device);
            return device;
        }
    }

    private static final class StuckDevice extends PlainDevice {
        private final List<String> log;
        private final Queue<Bio> bios = new ConcurrentLinkedQueue<>();

        StuckDevice(String name, List<String> log) {
            super(name, 1000);
            this.log = log;
        }

        @Override
        protected void process(Bio bio) {
            bios.add(bio);
        }

        void failAll() {
            for (Bio bio = bios.poll(); bio != null; bio = bios.poll()) {
                bio.endIo(BioStatus.TRANSPORT);
            }
        }

        @Override
        public void close() {
            log.add("close " + name());
            failAll();
        }
    }
}
