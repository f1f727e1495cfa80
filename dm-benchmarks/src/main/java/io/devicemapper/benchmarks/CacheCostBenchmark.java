package io.devicemapper.benchmarks;

import io.devicemapper.benchkit.DeviceBenchmark;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.target.StatusType;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a cache costs: a read and a write of 4 KiB on a bare RAM device, through a cache in which every block is cached and marked, and through one in which
 * none is. A cached write goes to two devices; the others to one.
 */
public class CacheCostBenchmark extends DeviceBenchmark {
    private static final int BYTES = 4096;
    private static final int BLOCK_SECTORS = 64;
    private static final int BLOCKS = 512;
    private static final int PLACES = BLOCKS * BLOCK_SECTORS / (BYTES / 512);
    private static final int METADATA_BYTES = 4 << 20;

    /** Where the data is. */
    @Param({"bare", "hit", "miss"})
    public String where;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
    private DeviceMapper deviceMapper;
    private BlockDevice device;

    @Setup
    public void createDevices() throws BlockIoException, DmException {
        long originBytes = (long) BLOCKS * BLOCK_SECTORS * 512;
        BlockDevice origin = ramDevice(originBytes);
        BlockDevice metadata = ramDevice(METADATA_BYTES);
        metadata.write(0, ByteBuffer.allocate(BYTES)); // blank: it is formatted
        deviceMapper = DeviceMapper.builder()
                .device("metadata", metadata)
                .device("cache", ramDevice(2 * originBytes))
                .device("origin", origin)
                .build();
        if (where.equals("bare")) {
            device = origin;
            return;
        }
        String policy = where.equals("hit") ? "smq" : "cleaner";
        MappedDevice cache = deviceMapper.create(
                "measured",
                "0 " + origin.sectors() + " cache metadata cache origin " + BLOCK_SECTORS + " 1 writethrough " + policy
                        + " 0");
        device = cache;
        if (where.equals("hit")) {
            cacheAll(cache);
        }
    }

    private void cacheAll(MappedDevice cache) throws BlockIoException {
        String all = " " + BLOCKS + "/" + 2 * BLOCKS + " ";
        while (!cache.liveTable()
                .orElseThrow()
                .targets()
                .get(0)
                .status(StatusType.INFO)
                .contains(all)) {
            for (long block = 0; block < BLOCKS; block++) {
                cache.read(block * BLOCK_SECTORS, buffer);
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    @TearDown
    public void removeDevices() throws DmException {
        deviceMapper.close();
    }

    @Benchmark
    public void read4KiB() {
        read(device, (long) random(PLACES) * (BYTES / 512), buffer);
    }

    @Benchmark
    public void write4KiB() {
        write(device, (long) random(PLACES) * (BYTES / 512), buffer);
    }
}
