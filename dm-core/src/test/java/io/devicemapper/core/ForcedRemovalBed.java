package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A device mapper that does not wait long when it removes by force, and what keeps an ordinary removal waiting for ever. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ForcedRemovalBed {
    static final BioStatus UNDER_WAY = null;

    final MemoryDevice disk = new MemoryDevice("disk", 1000);
    final ScriptedTarget target = new ScriptedTarget("map");
    final StuckDevices stuck = new StuckDevices();
    final List<String> breaches = new CopyOnWriteArrayList<>();
    DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = open(Duration.ofMillis(50));
    }

    DeviceMapper open(Duration wait) {
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
    static final class Request {
        private final CountDownLatch ended = new CountDownLatch(1);
        final AtomicInteger ends = new AtomicInteger();
        final Bio bio;
        volatile BioStatus status = UNDER_WAY;

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

    static void await(BooleanSupplier condition) {
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < giveUp, "waited in vain");
            LockSupport.parkNanos(100_000);
        }
    }

    static void awaitUninterruptibly(CountDownLatch latch) {
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

    static <T> FutureTask<T> inBackground(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future, "background");
        thread.setDaemon(true);
        thread.start();
        return future;
    }

    /** Has the target keep each bio. */
    Queue<TargetBio> keepAll() {
        Queue<TargetBio> kept = new ConcurrentLinkedQueue<>();
        target.map = (ti, bio) -> keep(kept, bio);
        return kept;
    }

    static MapResult keep(Queue<TargetBio> kept, TargetBio bio) {
        kept.add(bio);
        return bio.submitted();
    }
}
