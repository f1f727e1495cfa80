package io.devicemapper.nbd.server;

import io.devicemapper.block.BlockDevice;
import java.util.concurrent.TimeUnit;

/**
 * What all clients of one device share. Each device has threads of its own, so that one that hangs takes none away from the
 * others; they exist only while there is work.
 */
final class SharedDevice {
    /**
     * A device whose reads and writes take less than this on average, such as a file in the page cache, is served faster by the
     * connection's own thread: waking another one costs more.
     */
    private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(15);

    private static final int AVERAGE_SHIFT = 4;

    private static final int IO_THREADS = Math.max(16, 4 * Runtime.getRuntime().availableProcessors());

    /** Flushes, and all else that may take long: apart from the reads, which they must not hold up. */
    private static final int SLOW_THREADS = 8;

    private final BlockDevice device;
    private final WriteGate gate = new WriteGate();
    private final Workers ioWorkers;
    private final Workers slowWorkers;
    private int clients;

    /** A moving average of how long submissions took. Updates may get lost: it is an estimate. */
    private volatile long averageNanos = 2 * QUICK_NANOS;

    SharedDevice(BlockDevice device) {
        this.device = device;
        this.ioWorkers = new Workers("nbd-io " + device.name(), IO_THREADS);
        this.slowWorkers = new Workers("nbd-slow " + device.name(), SLOW_THREADS);
    }

    BlockDevice device() {
        return device;
    }

    WriteGate gate() {
        return gate;
    }

    Workers ioWorkers() {
        return ioWorkers;
    }

    Workers slowWorkers() {
        return slowWorkers;
    }

    boolean isQuick() {
        return averageNanos < QUICK_NANOS;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // a lost update costs a little accuracy, an atomic one time
    void took(long nanos) {
        averageNanos += (nanos - averageNanos) >> AVERAGE_SHIFT;
    }

    /** Counts a client. The caller guards this count. */
    void addClient() {
        clients++;
    }

    /** Counts a client less; whether it was the last one. The caller guards this count. */
    boolean removeClient() {
        return --clients == 0;
    }
}
