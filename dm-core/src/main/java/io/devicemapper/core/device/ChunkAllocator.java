package io.devicemapper.core.device;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Direct memory for RAM devices. The JVM's direct memory is one budget for everybody ({@code -XX:MaxDirectMemorySize}), network
 * buffers included, so RAM devices leave a part of it alone: a full RAM disk must not end the connections of others.
 *
 * <p>Memory is given back by the garbage collector alone: a chunk may be freed while another thread still copies from it, and
 * reachability is what says for free when the last one has finished. Near the limit the collector is therefore asked to run.
 *
 * <p>Safe for use by several threads.
 */
final class ChunkAllocator {
    /** Left to everybody else, if the budget is large enough for that: some hundred socket buffers. */
    private static final long HEADROOM_BYTES = 64L << 20;

    /** How long the collector's cleaners may take to give memory back before a write fails. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** After a collection that gained nothing: how long writes fail without another one, so that a full disk costs no CPU. */
    private static final long BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final BufferPoolMXBean DIRECT_POOL =
            ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().equals("direct"))
                    .findFirst()
                    .orElseThrow();

    /** The JVM's, since the budget is the JVM's. */
    static final ChunkAllocator SHARED = new ChunkAllocator(shareOf(maxDirectBytes()));

    private final long limitBytes;
    private long lastFailureNanos = System.nanoTime() - BACK_OFF_NANOS;

    /** @param limitBytes no chunk is handed out that would take the JVM's direct memory beyond this */
    ChunkAllocator(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    private static long maxDirectBytes() {
        HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long configured = hotSpot == null
                ? 0
                : Long.parseLong(hotSpot.getVMOption("MaxDirectMemorySize").getValue());
        return configured > 0 ? configured : Runtime.getRuntime().maxMemory();
    }

    private static long shareOf(long maxDirectBytes) {
        return maxDirectBytes - Math.min(HEADROOM_BYTES, maxDirectBytes / 8);
    }

    /**
     * A zeroed buffer of that size, or null if there is no memory for it. Runs the garbage collector and waits for it where that
     * may help, at most once a second if it does not.
     */
    ByteBuffer allocate(int bytes) {
        if (!fits(bytes) && !collectGarbage(bytes)) {
            return null;
        }
        try {
            return ByteBuffer.allocateDirect(bytes);
        } catch (OutOfMemoryError e) {
            return null; // the caller reports it as a device without space
        }
    }

    private boolean fits(int bytes) {
        return DIRECT_POOL.getMemoryUsed() + bytes <= limitBytes;
    }

    private synchronized boolean collectGarbage(int bytes) {
        if (fits(bytes)) {
            return true;
        }
        if (System.nanoTime() - lastFailureNanos < BACK_OFF_NANOS) {
            return false;
        }
        System.gc();
        long start = System.nanoTime();
        while (!fits(bytes)) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                lastFailureNanos = System.nanoTime();
                return false;
            }
            LockSupport.parkNanos(PATIENCE_NANOS / 200);
        }
        return true;
    }

    @Override
    public String toString() {
        return "direct memory of " + SizeText.format(limitBytes) + " bytes";
    }
}
