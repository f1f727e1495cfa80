package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetBio;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.TargetType;
import io.devicemapper.target.Version;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a bio costs on its way through a mapped device: no lock, and little memory. */
class HotPathTest {
    private static final int WARM_UP = 30_000;
    private static final int BIOS = 100_000;
    private static final long MOST_BYTES_PER_BIO = 128;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final BlockDevice instant = new InstantDevice();
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(new OffsetTarget())
                .device("instant", instant)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
    }

    /** Ends every bio at once, without a lock or an allocation of its own. */
    private static final class InstantDevice extends PlainDevice {
        InstantDevice() {
            super("instant", 1 << 20);
        }

        @Override
        protected void process(Bio bio) {
            bio.endIo(BioStatus.OK);
        }
    }

    /** Adds an offset, as the linear target does. */
    private static final class OffsetTarget implements TargetType<OffsetTarget.State> {
        record State(DmDev dev, long start) {}

        @Override
        public String name() {
            return "offset";
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
        public State ctr(DmTarget<State> ti, TargetArgs args) throws TargetException {
            return new State(args.device("dev"), args.sector("start"));
        }

        @Override
        public MapResult map(DmTarget<State> ti, TargetBio bio) {
            return bio.remap(ti.state().dev(), ti.state().start() + bio.sector());
        }
    }

    private static void read(BlockDevice device, int times, ByteBuffer buffer, BioCompletion done) {
        for (int i = 0; i < times; i++) {
            device.submit(Bio.read(i & 1023, buffer, done));
        }
    }

    private long bytesPerBio(BlockDevice device) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        AtomicLong ended = new AtomicLong();
        BioCompletion done = (bio, status) -> ended.getAndIncrement();
        read(device, WARM_UP, buffer, done);
        long thread = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(thread);
        read(device, BIOS, buffer, done);
        long after = threads.getThreadAllocatedBytes(thread);
        assertEquals(WARM_UP + BIOS, ended.get());
        return (after - before) / BIOS;
    }

    @Test
    void oneTargetAddsOneCloneToABio() throws Exception {
        MappedDevice device = dm.create("vol", "0 4096 offset instant 1000");
        long bare = bytesPerBio(instant);
        long mapped = bytesPerBio(device);
        System.out.println("bytes per bio: " + bare + " bare, " + mapped + " through one target");
        assertTrue(mapped - bare <= MOST_BYTES_PER_BIO, mapped + " - " + bare + " bytes for each bio");
    }

    @Test
    void eachLayerOfAStackAddsNoMore() throws Exception {
        dm.create("d0", "0 4096 offset instant 1000");
        for (int i = 1; i < 5; i++) {
            dm.create("d" + i, "0 4096 offset /dev/mapper/d" + (i - 1) + " 0");
        }
        long bare = bytesPerBio(instant);
        long stacked = bytesPerBio(dm.device("d4").orElseThrow());
        assertTrue(stacked - bare <= 5 * MOST_BYTES_PER_BIO, stacked + " - " + bare + " bytes for each bio");
    }

    @Test
    void noThreadEverWaitsForAnother() throws Exception {
        MappedDevice device = dm.create("vol", "0 2048 offset instant 1000\n2048 2048 offset instant 9000");
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        read(device, WARM_UP, buffer, (bio, status) -> {});
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> workers = new ArrayList<>();
        AtomicLong waits = new AtomicLong();
        for (int i = 0; i < 4; i++) {
            workers.add(new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                read(device, 100, buffer, (bio, status) -> {});
                ThreadInfo before = threads.getThreadInfo(Thread.currentThread().getId());
                read(device, BIOS, buffer, (bio, status) -> {});
                ThreadInfo after = threads.getThreadInfo(Thread.currentThread().getId());
                waits.addAndGet(after.getBlockedCount() - before.getBlockedCount());
                waits.addAndGet(after.getWaitedCount() - before.getWaitedCount());
            }));
        }
        workers.forEach(Thread::start);
        start.countDown();
        for (Thread worker : workers) {
            worker.join();
        }
        assertEquals(0, waits.get());
    }

    @Test
    void biosFlowWhileAControlOperationIsUnderWay() throws Exception {
        MappedDevice device = dm.create("vol", "0 4096 offset instant 0");
        device.control().run(() -> {
            Thread other = new Thread(() -> read(device, 100, ByteBuffer.allocate(512), (bio, status) -> {}));
            other.start();
            try {
                other.join(20_000);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return null;
        });
        assertEquals(100, device.statistics().reads());
    }
}
