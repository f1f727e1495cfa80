package io.devicemapper.benchmarks;

import io.devicemapper.benchkit.DeviceBenchmark;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.device.RamDevice;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Reads and writes of a RAM device at random places of 256 MiB, far more than any cache holds: most of the time of a short one
 * is cache misses on the data.
 */
public class RamDeviceBenchmark extends DeviceBenchmark {
    private static final int DEVICE_BYTES = 256 << 20;

    /** Length of a bio. */
    @Param({"4096", "131072"})
    public int bytes;

    private ByteBuffer buffer;
    private RamDevice device;

    @Setup
    public void createDevice() throws BlockIoException {
        device = ramDevice(DEVICE_BYTES);
        buffer = ByteBuffer.allocateDirect(bytes);
    }

    @Benchmark
    public void read() {
        read(device, randomSector(), buffer);
    }

    @Benchmark
    public void write() {
        write(device, randomSector(), buffer);
    }

    private long randomSector() {
        return (long) random(DEVICE_BYTES / bytes) * (bytes / 512);
    }
}
