package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.StatusType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** The multipath device {@code mp} over the paths {@code a}, {@code b} and {@code c} to one disk. */
final class PathBed implements AutoCloseable {
    static final int SECTORS = 8192;
    private static final long PATIENCE_SECONDS = 60;

    private final BlockDevice disk = RamDevice.create("disk", (long) SECTORS << Bio.SECTOR_SHIFT);
    private final FakePath[] paths = {new FakePath("a", disk), new FakePath("b", disk), new FakePath("c", disk)};
    private final DeviceMapper deviceMapper;

    PathBed() {
        DeviceMapper.Builder builder = DeviceMapper.builder();
        Arrays.stream(paths).forEach(path -> builder.device(path.name(), path));
        deviceMapper = builder.build();
    }

    /** A bio under way, and how it ended. */
    static final class Outcome {
        private final CountDownLatch ended = new CountDownLatch(1);
        private final AtomicInteger times = new AtomicInteger();
        private volatile BioStatus status;

        private void end(Bio bio, BioStatus how) {
            status = how;
            times.incrementAndGet();
            ended.countDown();
        }

        boolean isOpen() {
            return ended.getCount() != 0;
        }

        BioStatus await() throws InterruptedException {
            assertTrue(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "a bio has not ended");
            assertEquals(1, times.get(), "a bio completes exactly once");
            return status;
        }
    }

    FakePath path(String name) {
        return Arrays.stream(paths)
                .filter(path -> path.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    DeviceMapper deviceMapper() {
        return deviceMapper;
    }

    MappedDevice create(String args) throws DmException {
        return deviceMapper.create("mp", table(args));
    }

    static String table(String args) {
        return "0 " + SECTORS + " multipath " + args;
    }

    MappedDevice device() {
        return deviceMapper.device("mp").orElseThrow();
    }

    String message(String text) throws DmException {
        return deviceMapper.message("mp", 0, text);
    }

    /** The status line of the target. */
    String info() {
        return device().liveTable().orElseThrow().targets().get(0).status(StatusType.INFO);
    }

    Outcome submit(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) {
        Outcome outcome = new Outcome();
        device().submit(Bio.of(op, flags, sector, sectors, payload, outcome::end));
        return outcome;
    }

    /** Writes a sector full of one byte. */
    Outcome write(long sector, int value) {
        return submit(BioOp.WRITE, BioFlags.NONE, sector, 1, sectorOf(value));
    }

    Outcome flush() {
        return submit(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
    }

    /** The byte that a sector is full of, read through the device. */
    int read(long sector) throws InterruptedException {
        ByteBuffer content = ByteBuffer.allocate(Bio.SECTOR_SIZE);
        assertEquals(
                BioStatus.OK,
                submit(BioOp.READ, BioFlags.NONE, sector, 1, content).await());
        return content.get(0);
    }

    /** The byte that a sector is full of, read from the disk itself. */
    int onDisk(long sector) throws Exception {
        ByteBuffer content = ByteBuffer.allocate(Bio.SECTOR_SIZE);
        disk.read(sector, content);
        return content.get(0);
    }

    static ByteBuffer sectorOf(int value) {
        byte[] content = new byte[Bio.SECTOR_SIZE];
        Arrays.fill(content, (byte) value);
        return ByteBuffer.wrap(content);
    }

    /** Waits until a condition holds. */
    static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNanos, "waited too long for " + what);
            assertTrue(!never.await(1, TimeUnit.MILLISECONDS));
        }
    }

    @Override
    public void close() throws DmException {
        for (FakePath path : paths) {
            path.goOn();
        }
        deviceMapper.close();
    }
}
