package io.devicemapper.targets.multipath;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks at paths that have failed, and reinstates those that can be read: what multipathd does beside the kernel. A look is a read of the first block; the next one
 * comes when it has been answered, each time later, up to eight times the interval.
 */
final class PathChecker {
    private static final int LONGEST_INTERVALS = 8;

    /** A path that fails again this soon after it was reinstated goes on with its longer waits: one that reads well and writes badly, say. */
    private static final int STEADY_INTERVALS = 16;

    private final Multipath multipath;
    private final long intervalMillis;
    private final ExecutorService worker;
    private final Map<GroupPath, Look> looks = new ConcurrentHashMap<>();

    /**
     * No path has failed so far.
     *
     * @param intervalMillis how long to wait before the first look
     * @param worker for the looks, which may wait where a device does
     */
    PathChecker(Multipath multipath, long intervalMillis, ExecutorService worker) {
        this.multipath = multipath;
        this.intervalMillis = intervalMillis;
        this.worker = worker;
    }

    /** A path has failed. */
    void failed(GroupPath path) {
        looks.computeIfAbsent(path, Look::new).begin();
    }

    private final class Look {
        private final GroupPath path;
        private boolean underWay;
        private long waitMillis = intervalMillis;
        private long reinstatedNanos;
        private boolean everReinstated;

        Look(GroupPath path) {
            this.path = path;
        }

        void begin() {
            synchronized (this) {
                long steadyNanos = TimeUnit.MILLISECONDS.toNanos(STEADY_INTERVALS * intervalMillis);
                if (!everReinstated || System.nanoTime() - reinstatedNanos > steadyNanos) {
                    waitMillis = intervalMillis;
                }
                if (underWay) {
                    return;
                }
                underWay = true;
            }
            schedule();
        }

        private void schedule() {
            long millis;
            synchronized (this) {
                millis = waitMillis;
                waitMillis = Math.min(2 * waitMillis, LONGEST_INTERVALS * intervalMillis);
            }
            multipath.later(() -> worker.execute(this::look), millis, TimeUnit.MILLISECONDS);
        }

        private void look() {
            int blockSectors = path.dev().limits().logicalBlockSectors();
            if (multipath.isSuspended() || path.dev().sectors() < blockSectors) {
                schedule();
                return;
            }
            ByteBuffer block = ByteBuffer.allocate(blockSectors << Bio.SECTOR_SHIFT);
            path.dev()
                    .submit(Bio.of(
                            BioOp.READ, BioFlags.FAILFAST, 0, blockSectors, block, (bio, status) -> answered(status)));
        }

        private void answered(BioStatus status) {
            if (!path.isActive() && !status.isOk()) {
                schedule();
                return;
            }
            synchronized (this) {
                underWay = false;
                everReinstated = true;
                reinstatedNanos = System.nanoTime();
            }
            multipath.reinstate(path);
        }
    }
}
