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
 * What multipath costs: a read and a write of 4 KiB through a linear target, and through multipath with two paths that both work, over the same RAM device. The
 * difference of two rows is what multipath costs more.
 */
public class MultipathCostBenchmark extends DeviceBenchmark {
    private static final int BYTES = 4096;
    private static final int BLOCK_SECTORS = BYTES / 512;
    private static final int BLOCKS = 64;

    /** The target, or a selector of multipath. */
    @Param({"linear", "round-robin", "queue-length", "service-time"})
    public String target;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
    private DeviceMapper deviceMapper;
    private BlockDevice device;

    @Setup
    public void createDevices() throws BlockIoException, DmException {
        BlockDevice ram = ramDevice((long) BLOCKS * BYTES);
        // Two names for one device: two paths, and the same memory as below linear.
        deviceMapper = DeviceMapper.builder()
                .device("first", ram)
                .device("second", ram)
                .build();
        String line =
                target.equals("linear") ? "linear first 0" : "multipath 0 0 1 1 " + target + " 0 2 0 first second";
        device = deviceMapper.create("measured", "0 " + ram.sectors() + " " + line);
    }

    @TearDown
    public void removeDevices() throws DmException {
        deviceMapper.close();
    }

    @Benchmark
    public void read4KiB() {
        read(device, (long) random(BLOCKS) * BLOCK_SECTORS, buffer);
    }

    @Benchmark
    public void write4KiB() {
        write(device, (long) random(BLOCKS) * BLOCK_SECTORS, buffer);
    }
}
