package io.devicemapper.benchmarks;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.device.RamDevice;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks of block devices have in common: forks, warm-up, the JVM's flags, and bios at random places. They use devices by
 * {@link BlockDevice#submit} as a server does, on one thread, one bio after another, and every bio must end with OK before {@code submit} returns.
 *
 * <p>Each benchmark runs in JVMs of its own, so the code of one is never compiled for the habits of another. {@code dm-benchmarks/jmh} adds the bytes
 * allocated and the processor time per operation, which hold still on a busy machine when the elapsed time does not.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "-XX:+UseParallelGC") // the collector that ./dm serve uses
public abstract class DeviceBenchmark {
    private static final int LONGEST_FILL_BYTES = 1 << 20;

    private long randomState = 42;
    private long endedWell;
    private final BioCompletion completion = this::completed;

    /** For the benchmarks. */
    protected DeviceBenchmark() {}

    /** A pseudo-random number from 0 to {@code bound - 1}, in about a nanosecond; the same sequence in every run. */
    final int random(int bound) {
        randomState = randomState * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX generator
        return (int) (((randomState >>> 33) * bound) >>> 31);
    }

    /** Reads {@code dst.remaining()} bytes. */
    final void read(BlockDevice device, long sector, ByteBuffer dst) {
        submit(device, Bio.read(sector, dst, completion));
    }

    /** Writes {@code src.remaining()} bytes. */
    final void write(BlockDevice device, long sector, ByteBuffer src) {
        submit(device, Bio.write(sector, BioFlags.NONE, src, completion));
    }

    private void submit(BlockDevice device, Bio bio) {
        long before = endedWell;
        device.submit(bio);
        if (endedWell != before + 1) {
            throw new IllegalStateException(device + ": " + bio + " has not ended with OK");
        }
    }

    private void completed(Bio bio, BioStatus status) {
        if (status.isOk()) {
            endedWell++;
        }
    }

    /** A RAM device that holds random data everywhere, so that no read finds a hole. */
    static RamDevice ramDevice(long bytes) throws BlockIoException {
        RamDevice device = RamDevice.create("ram", bytes);
        fill(device);
        return device;
    }

    /** Writes random data everywhere. */
    static void fill(BlockDevice device) throws BlockIoException {
        Random random = new Random(1);
        byte[] data = new byte[Math.toIntExact(Math.min(device.sectors() << Bio.SECTOR_SHIFT, LONGEST_FILL_BYTES))];
        long sector = 0;
        while (sector < device.sectors()) {
            random.nextBytes(data);
            int bytes = Math.toIntExact(Math.min(data.length, (device.sectors() - sector) << Bio.SECTOR_SHIFT));
            device.write(sector, ByteBuffer.wrap(data, 0, bytes));
            sector += bytes >> Bio.SECTOR_SHIFT;
        }
    }
}
