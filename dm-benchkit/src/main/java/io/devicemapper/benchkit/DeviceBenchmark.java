package io.devicemapper.benchkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioCompletion;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.device.RamDevice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * {@link BlockDevice#submit} as a server does, on one thread, one bio after another, and every bio must end with OK.
 *
 * <p>Each benchmark runs in JVMs of its own, so the code of one is never compiled for the habits of another. JMH's options {@code -prof gc} and
 * {@code -prof io.devicemapper.benchkit.CpuTimeProfiler} add the bytes allocated and the processor time per operation, which hold still on a busy
 * machine when the elapsed time does not.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "-XX:+UseParallelGC") // the collector that ./dm serve uses
public abstract class DeviceBenchmark {
    private static final int LONGEST_FILL_BYTES = 1 << 20;

    /** How long a bio may take: then it is lost, or too slow to be measured like this. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final VarHandle ENDED;

    static {
        try {
            ENDED = MethodHandles.lookup().findVarHandle(DeviceBenchmark.class, "ended", BioStatus.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long randomState = 42;
    private final BioCompletion completion = this::completed;

    @SuppressWarnings("unused") // read and written through ENDED
    private BioStatus ended;

    /** For the benchmarks. */
    protected DeviceBenchmark() {}

    /** A pseudo-random number from 0 to {@code bound - 1}, in about a nanosecond; the same sequence in every run. */
    protected final int random(int bound) {
        randomState = randomState * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX generator
        return (int) (((randomState >>> 33) * bound) >>> 31);
    }

    /** Reads {@code dst.remaining()} bytes. */
    protected final void read(BlockDevice device, long sector, ByteBuffer dst) {
        submit(device, Bio.read(sector, dst, completion));
    }

    /** Writes {@code src.remaining()} bytes. */
    protected final void write(BlockDevice device, long sector, ByteBuffer src) {
        submit(device, Bio.write(sector, BioFlags.NONE, src, completion));
    }

    private void submit(BlockDevice device, Bio bio) {
        ENDED.set(this, null);
        device.submit(bio);
        BioStatus status = (BioStatus) ENDED.getAcquire(this);
        if (status == null) {
            status = await(device, bio);
        }
        if (!status.isOk()) {
            throw new IllegalStateException(device + ": " + bio + " ended with " + status);
        }
    }

    /** For a bio that ends on another thread. */
    private BioStatus await(BlockDevice device, Bio bio) {
        long since = System.nanoTime();
        while (true) {
            BioStatus status = (BioStatus) ENDED.getAcquire(this);
            if (status != null) {
                return status;
            }
            if (System.nanoTime() - since > PATIENCE_NANOS) {
                throw new IllegalStateException(device + ": " + bio + " has not ended");
            }
            Thread.onSpinWait();
        }
    }

    private void completed(Bio bio, BioStatus status) {
        ENDED.setRelease(this, status);
    }

    /**
     * A RAM device that holds random data everywhere, so that no read finds a hole.
     *
     * @param bytes its size, a multiple of 512
     */
    protected static RamDevice ramDevice(long bytes) throws BlockIoException {
        RamDevice device = RamDevice.create("ram", bytes);
        fill(device);
        return device;
    }

    /** Writes random data everywhere. */
    protected static void fill(BlockDevice device) throws BlockIoException {
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
