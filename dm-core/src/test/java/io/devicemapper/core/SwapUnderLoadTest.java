package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.EndIo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Verified I/O on several threads while tables are swapped under it. */
class SwapUnderLoadTest {
    private static final int CYCLES = Boolean.getBoolean("dm.soak") ? 50_000 : 1000;
    private static final int WORKERS = 3;
    private static final int SECTORS_EACH = 211;
    private static final int SIZE = WORKERS * SECTORS_EACH;

    private final MemoryDevice a = new MemoryDevice("a", SIZE + 10);
    private final ScriptedTarget target = new ScriptedTarget("map");
    private final AtomicBoolean over = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong bios = new AtomicLong();
    private final Semaphore progress = new Semaphore(0);
    private long seed;
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        seed = System.nanoTime();
        System.out.println("SwapUnderLoadTest seed " + seed);
        a.doNotLog();
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .device("a", a)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
        assertEquals(
                target.life().stream().filter("ctr"::equals).count(),
                target.life().stream().filter("dtr"::equals).count());
    }

    /** Two tables that hold the same data, cut differently. */
    private static String table(int cycle, String lower) {
        int cut = 1 + cycle * 37 % (SIZE - 1);
        return cycle % 2 == 0
                ? "0 " + SIZE + " map " + lower + " 0"
                : "0 " + cut + " map " + lower + " 0\n" + cut + " " + (SIZE - cut) + " map " + lower + " " + cut;
    }

    private interface Cycle {
        void run(int number) throws Exception;
    }

    /** Runs verified I/O on a device while another thread runs cycles; then looks for what is left over. */
    private void underLoad(MappedDevice device, Cycle cycle) throws Exception {
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            int number = i;
            workers.add(new Thread(() -> verify(device, number), "worker-" + i));
        }
        workers.forEach(Thread::start);
        try {
            for (int i = 0; i < CYCLES && failures.isEmpty(); i++) {
                cycle.run(i);
                if (i % 10 == 0) { // so that bios do meet the swaps, however busy the machine is
                    progress.drainPermits();
                    assertTrue(progress.tryAcquire(20, TimeUnit.SECONDS), "the bios came to a halt");
                }
            }
        } finally {
            over.set(true);
            for (Thread worker : workers) {
                worker.join();
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("seed " + seed, failures.peek());
        }
        for (MappedDevice each : dm.devices()) {
            assertEquals(0, each.statistics().inFlight(), each.name());
        }
        DeviceStatistics statistics = device.statistics();
        assertEquals(bios.get(), statistics.reads() + statistics.writes() + statistics.flushes());
    }

    /** Writes and reads a region of the worker's own, and compares. */
    private void verify(MappedDevice device, int worker) {
        SplittableRandom random = new SplittableRandom(seed + worker);
        byte[] model = new byte[SECTORS_EACH * 512];
        try {
            while (!over.get()) {
                int sectors = 1 + random.nextInt(40);
                int first = random.nextInt(SECTORS_EACH - sectors + 1);
                ByteBuffer buffer = ByteBuffer.allocate(sectors * 512);
                bios.getAndIncrement();
                progress.release();
                switch (random.nextInt(8)) {
                    case 0 -> device.flush();
                    case 1, 2, 3 -> {
                        random.nextBytes(buffer.array());
                        System.arraycopy(buffer.array(), 0, model, first * 512, buffer.capacity());
                        device.write(worker * (long) SECTORS_EACH + first, buffer);
                    }
                    default -> {
                        device.read(worker * (long) SECTORS_EACH + first, buffer);
                        assertEquals(ByteBuffer.wrap(model, first * 512, buffer.capacity()), buffer);
                    }
                }
            }
        } catch (Throwable t) {
            failures.add(t);
            progress.release();
        }
    }

    @Test
    void swappingTables() throws Exception {
        target.settings = ti -> ti.maxIoLen(7);
        MappedDevice device = dm.create("vol", table(0, "a"));
        underLoad(device, cycle -> {
            dm.load("vol", table(cycle + 1, "a"));
            if (cycle % 3 == 0) {
                dm.suspend("vol");
            }
            dm.resume("vol");
        });
    }

    @Test
    void suspendingAndResuming() throws Exception {
        MappedDevice device = dm.create("vol", table(1, "a"));
        underLoad(device, cycle -> {
            dm.suspend("vol", cycle % 2 == 0 ? new SuspendFlag[0] : new SuspendFlag[] {SuspendFlag.NOFLUSH});
            dm.resume("vol");
        });
    }

    @Test
    void swappingTheTablesOfAStack() throws Exception {
        dm.create("low", table(0, "a"));
        dm.create("middle", table(1, "/dev/mapper/low"));
        MappedDevice top = dm.create("top", table(2, "/dev/mapper/middle"));
        underLoad(top, cycle -> {
            String name = List.of("low", "middle", "top").get(cycle % 3);
            dm.load(
                    name,
                    table(
                            cycle,
                            name.equals("low")
                                    ? "a"
                                    : name.equals("middle") ? "/dev/mapper/low" : "/dev/mapper/middle"));
            dm.resume(name);
        });
    }

    @Test
    void swappingUnderATargetThatRequeues() throws Exception {
        AtomicLong calls = new AtomicLong();
        target.map = (ti, bio) -> {
            if (calls.incrementAndGet() % 13 == 0) {
                ti.retryRequeued();
                return bio.requeue();
            }
            return ScriptedTarget.linear(ti, bio);
        };
        target.end = (ti, bio, status) -> {
            if (calls.incrementAndGet() % 17 == 0) {
                return EndIo.requeue();
            }
            ti.retryRequeued();
            return EndIo.done(status);
        };
        MappedDevice device = dm.create("vol", table(0, "a"));
        underLoad(device, cycle -> {
            dm.load("vol", table(cycle + 1, "a"));
            dm.resume("vol", SuspendFlag.NOFLUSH);
        });
    }

    @Test
    void removingADeviceEndsEveryBioOfIt() throws Exception {
        for (int round = 0; round < 50; round++) {
            MappedDevice device = dm.create("vol", table(round, "a"));
            AtomicLong submitted = new AtomicLong();
            AtomicLong ended = new AtomicLong();
            CountDownLatch flowing = new CountDownLatch(WORKERS);
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                workers.add(new Thread(() -> {
                    boolean alive = true;
                    while (alive && !stop.get()) {
                        BioStatus[] answer = new BioStatus[1];
                        submitted.getAndIncrement();
                        device.submit(Bio.read(0, ByteBuffer.allocate(SIZE * 512), (bio, status) -> {
                            answer[0] = status;
                            ended.getAndIncrement();
                        }));
                        flowing.countDown();
                        alive = answer[0] == BioStatus.OK; // null: held back
                    }
                }));
            }
            workers.forEach(Thread::start);
            flowing.await();
            if (round % 2 == 0) {
                dm.suspend("vol");
            }
            dm.remove("vol");
            stop.set(true);
            for (Thread worker : workers) {
                worker.join();
            }
            assertEquals(submitted.get(), ended.get());
            assertEquals(0, device.statistics().inFlight());
        }
    }

    @Test
    void devicesThatLoadEachOtherAtOnceNeverMakeACycle() throws Exception {
        for (int round = 0; round < 100; round++) {
            dm.create("x", table(0, "a"));
            dm.create("y", table(0, "a"));
            CountDownLatch start = new CountDownLatch(1);
            AtomicLong loaded = new AtomicLong();
            List<Thread> loaders = new ArrayList<>();
            for (String[] pair : new String[][] {{"x", "y"}, {"y", "x"}}) {
                loaders.add(new Thread(() -> {
                    try {
                        start.await();
                        dm.load(pair[0], table(0, "/dev/mapper/" + pair[1]));
                        loaded.getAndIncrement();
                    } catch (DmException e) {
                        assertTrue(e.getMessage().contains("cycle: "), e.getMessage());
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                }));
            }
            loaders.forEach(Thread::start);
            start.countDown();
            for (Thread loader : loaders) {
                loader.join();
            }
            assertEquals(List.of(), List.copyOf(failures));
            assertEquals(1, loaded.get());
            assertEquals(List.of(), dm.removeAll());
        }
    }

    @Test
    void operationsOnADeviceThatGoesNeverBringItBack() throws Exception {
        for (int round = 0; round < 100; round++) {
            dm.create("x", table(0, "a"));
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (Cycle operation : List.<Cycle>of(
                    n -> dm.remove("x"),
                    n -> dm.load("x", table(1, "a")),
                    n -> dm.resume("x"),
                    n -> dm.rename("x", "y"),
                    n -> dm.suspend("x"),
                    n -> dm.removeAll())) {
                threads.add(new Thread(() -> {
                    try {
                        start.await();
                        operation.run(0);
                    } catch (DmException e) {
                        if (e.error() != DmError.NO_SUCH_DEVICE) {
                            failures.add(e);
                        }
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                }));
            }
            threads.forEach(Thread::start);
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(List.of(), List.copyOf(failures));
            assertEquals(List.of(), dm.removeAll());
        }
    }
}
