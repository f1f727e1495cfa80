package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** How bios of a device end, and who may disturb whom. */
interface DeviceThreadRules extends Rules {
    /** A pool's worker holds one of these while it runs a task; it keeps nobody else out. */
    String POOL_WORKER = "java.util.concurrent.ThreadPoolExecutor$Worker";

    /** Between two interrupts of the same storm. */
    int MAX_PAUSE_NANOS = 200_000;

    /** So many threads are interrupted; the others are left in peace, and must not notice. */
    int DISTURBED = RegionRun.THREADS / 2;

    /** A bio that looks at its end which locks the thread holds. */
    final class LockLookingBio extends ProbeBio {
        private final List<String> locks = new ArrayList<>();

        LockLookingBio(BioOp op, long sector, long sectors, ByteBuffer payload) {
            super(op, BioFlags.NONE, sector, sectors, payload);
        }

        @Override
        void atEnd(BioStatus how) {
            ThreadInfo info = ManagementFactory.getThreadMXBean()
                    .getThreadInfo(new long[] {Thread.currentThread().getId()}, true, true)[0];
            for (MonitorInfo monitor : info.getLockedMonitors()) {
                locks.add(monitor + " since " + monitor.getLockedStackFrame());
            }
            for (LockInfo lock : info.getLockedSynchronizers()) {
                if (!lock.getClassName().equals(POOL_WORKER)) {
                    locks.add(lock.toString());
                }
            }
        }
    }

    @Test
    default void con07_eachBioEndsOnce(DeviceRig rig) throws Exception {
        rig.io().fill();
        long block = rig.block();
        long blocks = rig.len() / block;
        Random random = new Random(rig.seed());
        List<ProbeBio> bios = new ArrayList<>();
        List<BioOp> ops = List.of(BioOp.values());
        for (int i = 0; i < 300; i++) {
            BioOp op = ops.get(i % ops.size());
            boolean flush = op == BioOp.FLUSH;
            // Some of them reach beyond the end.
            long sector = flush ? 0 : random.nextLong(blocks) * block;
            long sectors = flush ? 0 : block * (1 + random.nextInt(3));
            ByteBuffer payload = op.hasPayload() ? DeviceRig.buffer(sectors) : null;
            bios.add(new ProbeBio(op, BioFlags.NONE, sector, sectors, payload).submitTo(rig.device()));
        }
        for (ProbeBio bio : bios) {
            bio.await();
        }
        rig.closeWell();
        for (ProbeBio bio : bios) {
            assertEquals(1, bio.ends(), () -> "how often " + bio + " ended");
        }
    }

    @Test
    default void con08_noLockIsHeldWhenABioEnds(DeviceRig rig) throws Exception {
        long block = rig.block();
        List<LockLookingBio> bios = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            for (BioOp op : BioOp.values()) {
                long sectors = op == BioOp.FLUSH ? 0 : block;
                ByteBuffer payload = op.hasPayload() ? DeviceRig.buffer(sectors) : null;
                LockLookingBio bio = new LockLookingBio(op, 0, sectors, payload);
                bio.submitTo(rig.device());
                bios.add(bio);
            }
        }
        for (LockLookingBio bio : bios) {
            bio.await();
            assertEquals(List.of(), bio.locks, () -> "locks held by the thread that ended " + bio);
        }
    }

    @Test
    default void con09_interruptsHarmNobody(DeviceRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        rig.io().fill();
        ExecutorService threads = Executors.newFixedThreadPool(RegionRun.THREADS);
        Thread[] workers = new Thread[RegionRun.THREADS];
        List<Future<Void>> futures = new ArrayList<>();
        for (int i = 0; i < RegionRun.THREADS; i++) {
            int region = i;
            Callable<Void> task = () -> {
                synchronized (workers) {
                    workers[region] = Thread.currentThread();
                }
                writeAndRead(rig, region);
                synchronized (workers) {
                    workers[region] = null;
                }
                return null;
            };
            futures.add(threads.submit(task));
        }
        Random random = new Random(rig.seed());
        while (!futures.stream().allMatch(Future::isDone)) {
            interruptOne(workers, random.nextInt(DISTURBED));
            LockSupport.parkNanos(random.nextInt(MAX_PAUSE_NANOS));
        }
        threads.shutdown();
        for (Future<Void> future : futures) {
            future.get();
        }
        rig.io().verifyAll();
    }

    private static void interruptOne(Thread[] workers, int index) {
        synchronized (workers) {
            if (workers[index] != null) {
                workers[index].interrupt();
            }
        }
    }

    private static void writeAndRead(DeviceRig rig, int region) throws Exception {
        int block = Math.toIntExact(rig.block());
        long blocks = rig.len() / block / RegionRun.THREADS;
        boolean disturbed = region < DISTURBED;
        for (int i = 0; i < 150; i++) {
            if (disturbed) {
                // Whatever the storm hits: some bios are submitted by a thread that is interrupted, and some are not.
                Thread.interrupted();
                if (i % 2 == 0) {
                    Thread.currentThread().interrupt();
                }
            }
            long sector = (region * blocks + i % blocks) * block;
            byte[] content = rig.io().newContent(sector, block);
            ProbeBio write = new ProbeBio(BioOp.WRITE, BioFlags.NONE, sector, block, ByteBuffer.wrap(content));
            assertEquals(BioStatus.OK, write.submitTo(rig.device()).awaitAcrossInterrupts(), write::toString);
            rig.io().wrote(sector, content);
            ByteBuffer found = DeviceRig.buffer(block);
            ProbeBio read = new ProbeBio(BioOp.READ, BioFlags.NONE, sector, block, found);
            assertEquals(BioStatus.OK, read.submitTo(rig.device()).awaitAcrossInterrupts(), read::toString);
            assertArrayEquals(content, DeviceRig.bytes(found), read::toString);
        }
    }
}
