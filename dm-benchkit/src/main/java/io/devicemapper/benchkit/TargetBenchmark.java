package io.devicemapper.benchkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.TargetType;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a target costs: the time of a read and of a write through it, beside those of the RAM device below it and of a linear target on it. To be extended by
 * the target's author:
 *
 * <pre>{@code
 * public class GuardBenchmark extends TargetBenchmark {
 *     @Override
 *     protected TargetType<?> targetType() {
 *         return new GuardTarget();
 *     }
 * }
 * }</pre>
 *
 * <p>The subclass is compiled with JMH's annotation processor and run by {@code org.openjdk.jmh.Main}. The data fits into a second-level cache, so that
 * the copy is short and steady beside what is measured.
 */
public abstract class TargetBenchmark extends DeviceBenchmark {
    private static final int BLOCKS = 64;

    /** Odd, so that it is the same to no power of two. */
    private static final int LINEAR_START_SECTORS = 3;

    /** What the lower device has beyond the target's length, for a start and metadata. */
    private static final int SPARE_SECTORS = 2048;

    /** What is read and written: the RAM device, a linear target on it, or the target to be measured. */
    @Param({"ram", "linear", "target"})
    public String device;

    /** Length of a bio. */
    @Param("4096")
    public int bytes;

    private ByteBuffer buffer;
    private DeviceMapper deviceMapper;
    private BlockDevice measured;

    /** For subclasses. */
    protected TargetBenchmark() {}

    /** The target to be measured. */
    protected abstract TargetType<?> targetType();

    /**
     * The arguments of the target's table line. By default {@code <dev> 3}, as linear takes them.
     *
     * @param lower the RAM device's name; it is 2048 sectors longer than the target, and holds random data
     */
    protected String args(String lower) {
        return lower + " " + LINEAR_START_SECTORS;
    }

    /**
     * Makes a device ready to be read everywhere. By default there is nothing to do; a target that reads only what it wrote overrides this to
     * {@link #fill} the device.
     *
     * @param device what will be read and written
     * @throws BlockIoException if a bio fails
     */
    protected void prepare(BlockDevice device) throws BlockIoException {}

    /** For JMH. */
    @Setup
    public final void createDevice() throws BlockIoException, DmException {
        long sectors = (long) BLOCKS * (bytes / 512);
        RamDevice ram = ramDevice((sectors + SPARE_SECTORS) * 512);
        TargetType<?> type = targetType();
        deviceMapper =
                DeviceMapper.builder().targetType(type).device("ram", ram).build();
        measured = switch (device) {
            case "ram" -> ram;
            case "linear" -> deviceMapper.create("linear", "0 " + sectors + " linear ram " + LINEAR_START_SECTORS);
            case "target" -> deviceMapper.create("target", "0 " + sectors + " " + type.name() + " " + args("ram"));
            default -> throw new IllegalArgumentException("device=" + device + ": expected ram, linear or target");
        };
        buffer = ByteBuffer.allocateDirect(bytes);
        prepare(measured);
    }

    /** For JMH. */
    @TearDown
    public final void removeDevice() throws DmException {
        deviceMapper.close();
    }

    /** The time of a read. */
    @Benchmark
    public void read() {
        read(measured, randomSector(), buffer);
    }

    /** The time of a write. */
    @Benchmark
    public void write() {
        write(measured, randomSector(), buffer);
    }

    private long randomSector() {
        return (long) random(BLOCKS) * (bytes / 512);
    }
}
