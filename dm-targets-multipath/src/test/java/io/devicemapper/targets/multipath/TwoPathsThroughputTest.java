package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two NBD paths carry more than one, where the path is the limit: each server answers so many requests a second and no more. A measurement, so not for every build. */
@EnabledIfSystemProperty(named = "dm.soak", matches = "true")
@Timeout(300)
class TwoPathsThroughputTest {
    private static final int BYTES_OF_BIO = 64 << 10;
    private static final int BIOS = 1_000;
    private static final int DEPTH = 32;
    private static final double LEAST_RATIO = 1.5;

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "queue-length", "service-time", "historical-service-time"})
    void twoPathsCarryMoreThanOne(String selector, @TempDir Path folder) throws Exception {
        PathServer.assumeInstalled("nbdkit");
        Path file = Files.write(folder.resolve("disk"), new byte[BIOS * BYTES_OF_BIO / 10]);
        PathServer first = PathServer.slowNbdkit(folder.resolve("a"), file);
        PathServer second = PathServer.slowNbdkit(folder.resolve("b"), file);
        try (DeviceMapper deviceMapper = DeviceMapper.open()) {
            first.start();
            second.start();
            String one = " nbd+unix:///?socket=" + folder.resolve("a");
            String two = one + " nbd+unix:///?socket=" + folder.resolve("b");
            long sectors = Files.size(file) / Bio.SECTOR_SIZE;
            MappedDevice device = deviceMapper.create("mp", table(sectors, selector, 1, one));
            measure(device); // until the JVM has compiled what is used often
            double bytesPerSecondOfOne = measure(device);
            deviceMapper.load("mp", table(sectors, selector, 2, two));
            deviceMapper.resume("mp");
            double ratio = measure(device) / bytesPerSecondOfOne;
            System.out.printf(
                    "%s: %.1f MB/s over one path, %.2f times that over two%n",
                    selector, bytesPerSecondOfOne / 1e6, ratio);
            assertTrue(ratio >= LEAST_RATIO, selector + ": " + ratio);
        } finally {
            first.remove();
            second.remove();
        }
    }

    private static String table(long sectors, String selector, int paths, String devices) {
        return "0 " + sectors + " multipath 0 0 1 1 " + selector + " 0 " + paths + " 0" + devices;
    }

    /** Reads the device from begin to end, again and again, and returns bytes per second. */
    private static double measure(MappedDevice device) throws InterruptedException {
        Semaphore room = new Semaphore(DEPTH);
        AtomicReference<BioStatus> failure = new AtomicReference<>(BioStatus.OK);
        long blocks = device.sectors() * Bio.SECTOR_SIZE / BYTES_OF_BIO;
        long sinceNanos = System.nanoTime();
        for (int i = 0; i < BIOS; i++) {
            room.acquire();
            long sector = i % blocks * (BYTES_OF_BIO / Bio.SECTOR_SIZE);
            device.submit(Bio.read(sector, ByteBuffer.allocate(BYTES_OF_BIO), (bio, status) -> {
                if (!status.isOk()) {
                    failure.set(status);
                }
                room.release();
            }));
        }
        assertTrue(room.tryAcquire(DEPTH, 60, TimeUnit.SECONDS));
        assertEquals(BioStatus.OK, failure.get());
        return (double) BIOS * BYTES_OF_BIO * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - sinceNanos);
    }
}
