package io.devicemapper.benchmarks;

import io.devicemapper.benchkit.DeviceBenchmark;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.core.device.FileDeviceProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Reads of 4 KiB of a file device at random places of 64 MiB: out of the page cache, or with O_DIRECT, one at a time. The file is made in
 * the folder for temporary files, which must be on a disk for the latter: {@code -jvmArgsAppend -Djava.io.tmpdir=DIR}.
 */
public class FileDeviceBenchmark extends DeviceBenchmark {
    private static final int READ_BYTES = 4096;
    private static final int READ_SECTORS = READ_BYTES / 512;
    private static final int FILE_MEBIBYTES = 64;

    /** Whether reads go past the page cache. */
    @Param({"false", "true"})
    public boolean direct;

    /** At an address that O_DIRECT takes, as a server's buffers are. */
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(2 * READ_BYTES).alignedSlice(READ_BYTES).slice(0, READ_BYTES);

    private Path folder;
    private BlockDevice device;

    @Setup
    public void makeFile() throws IOException {
        folder = Files.createTempDirectory("dm-benchmark");
        String name = "file:" + folder.resolve("data.img") + "?size=" + FILE_MEBIBYTES + "M&direct=" + direct;
        device = new FileDeviceProvider().open(name, new WritableIn(folder));
        fill(device);
        device.flush();
    }

    private record WritableIn(Path directory) implements BlockDeviceProvider.OpenContext {
        @Override
        public boolean readOnly() {
            return false;
        }
    }

    @TearDown
    public void deleteFile() throws IOException {
        device.close();
        Files.delete(folder.resolve("data.img"));
        Files.delete(folder);
    }

    @Benchmark
    public void read4KiB() {
        read(device, (long) random((FILE_MEBIBYTES << 20) / READ_BYTES) * READ_SECTORS, buffer);
    }
}
