package io.devicemapper.benchmarks;

import io.devicemapper.benchkit.DeviceBenchmark;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a mapped device with one linear target costs above the device below it: a read of 4 KiB through 0, 1 or 2 mapped
 * devices over the same RAM device. The difference of two rows is the cost of a layer.
 *
 * <p>The data fits into a second-level cache, so that the copy is short and steady beside what is measured.
 */
public class LinearCostBenchmark extends DeviceBenchmark {
    private static final int READ_BYTES = 4096;
    private static final int READ_SECTORS = READ_BYTES / 512;
    private static final int READABLE_BLOCKS = 64;

    /** Odd, so that a layer that ignored its start would read elsewhere. */
    private static final int START_SECTORS = 3;

    private static final int READABLE_SECTORS = READABLE_BLOCKS * READ_SECTORS;

    /** Mapped devices between the reader and the RAM device. */
    @Param({"0", "1", "2"})
    public int layers;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    private DeviceMapper deviceMapper;
    private BlockDevice device;

    @Setup
    public void createDevices() throws BlockIoException, DmException {
        device = ramDevice((READABLE_SECTORS + 2 * START_SECTORS) * 512L);
        deviceMapper = DeviceMapper.builder().device("ram", device).build();
        String lower = "ram";
        for (int layer = 1; layer <= layers; layer++) {
            String name = "linear" + layer;
            long sectors = device.sectors() - START_SECTORS;
            device = deviceMapper.create(name, "0 " + sectors + " linear " + lower + " " + START_SECTORS);
            lower = "/dev/mapper/" + name;
        }
    }

    @TearDown
    public void removeDevices() throws DmException {
        deviceMapper.close();
    }

    @Benchmark
    public void read4KiB() {
        read(device, (long) random(READABLE_BLOCKS) * READ_SECTORS, buffer);
    }
}
