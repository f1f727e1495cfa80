package io.devicemapper.benchmarks;

import io.devicemapper.benchkit.DeviceBenchmark;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.device.RamDevice;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to find a sector's target among many: a read of one sector at a random place of a mapped device whose table has
 * 1, 10 or 1,000 linear targets over the same RAM device. The difference to the first row is the look-up, together with the
 * cache misses on targets that were not used lately.
 */
public class TableLookupBenchmark extends DeviceBenchmark {
    private static final int SECTORS = 8000;

    /** Targets in the table, all of the same length. */
    @Param({"1", "10", "1000"})
    public int targets;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(512);
    private DeviceMapper deviceMapper;
    private MappedDevice device;

    @Setup
    public void createDevice() throws BlockIoException, DmException {
        RamDevice ram = ramDevice(SECTORS * 512L);
        deviceMapper = DeviceMapper.builder().device("ram", ram).build();
        int length = SECTORS / targets;
        StringBuilder table = new StringBuilder();
        for (int target = 0; target < targets; target++) {
            // The last piece first, so that no target maps a sector to itself and neighbours are not adjacent.
            table.append(target * length + " " + length + " linear ram " + (SECTORS - (target + 1) * length) + "\n");
        }
        device = deviceMapper.create("joined", table.toString());
    }

    @TearDown
    public void removeDevice() throws DmException {
        deviceMapper.close();
    }

    @Benchmark
    public void readSector() {
        read(device, random(SECTORS), buffer);
    }
}
