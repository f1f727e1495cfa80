package io.devicemapper.targets.cache;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Flushes of both devices, numbered as they begin. A write that ended when flush n had not begun is durable on both when n has succeeded.
 *
 * <p>If one device fails, all blocks that were written since the last good flush leave the cache: their sides may differ. A failure of the origin
 * that a flush of our own was told fails the next one from above, or one that is under way.
 */
final class Flushes {
    private final Cache cache;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong covered = new AtomicLong();

    /** The last number that was given out when a flush failed: what succeeds up to there may owe that to the failure. */
    private final AtomicLong doubtful = new AtomicLong();

    /** Failed legs whose flush has not dropped its blocks yet. What a device told them it tells nobody else, so no flush covers anything meanwhile. */
    private final AtomicInteger failedLegs = new AtomicInteger();

    /** How many flushes of our own are under way. Guarded by this. */
    private int ownUnderWay;

    /** What waits for the end of those. Guarded by this. */
    private final List<Runnable> afterOwn = new ArrayList<>();

    Flushes(Cache cache) {
        this.cache = cache;
    }

    /** The number of the next flush: for a write that has ended. */
    long next() {
        return begun.get() + 1;
    }

    /** Writes that had this {@link #next} or less when they ended are durable on both devices. */
    long covered() {
        return covered.get();
    }

    /** Carries out a flush from above. */
    MapResult map(TargetBio bio) {
        boolean pastCache = cache.isCacheLost();
        Leg leg = new Leg(bio, begun.incrementAndGet(), pastCache);
        bio.context(leg);
        if (!pastCache) {
            cache.device().submit(leg);
        }
        return bio.remap(cache.origin(), 0);
    }

    /** For the worker: flushes both devices and waits. */
    boolean flushNow() {
        synchronized (this) {
            ownUnderWay++;
        }
        try {
            return flushAndWait();
        } finally {
            ownEnded().forEach(Runnable::run);
        }
    }

    private synchronized List<Runnable> ownEnded() {
        ownUnderWay--;
        List<Runnable> waiting = ownUnderWay == 0 ? List.copyOf(afterOwn) : List.of();
        afterOwn.removeAll(waiting);
        return waiting;
    }

    /** Whether a flush of our own is under way; then the task runs when it is over. */
    private synchronized boolean waitsForOwn(Runnable task) {
        return ownUnderWay > 0 && afterOwn.add(task);
    }

    private boolean flushAndWait() {
        long number = begun.incrementAndGet();
        CountDownLatch ended = new CountDownLatch(2);
        BioStatus[] statuses = new BioStatus[2];
        cache.device().submit(Bio.flush((bio, status) -> {
            statuses[0] = status;
            legEnded(status);
            ended.countDown();
        }));
        cache.origin().submit(Bio.flush((bio, status) -> {
            statuses[1] = status;
            legEnded(status);
            ended.countDown();
        }));
        Waiting.forLatch(ended);
        if (statuses[0].isOk() && statuses[1].isOk()) {
            succeeded(number);
            return true;
        }
        if (!statuses[1].isOk()) {
            cache.originFlushFailed(statuses[1]);
        }
        CountDownLatch dropped = new CountDownLatch(1);
        failed(statuses[0], statuses[1], done -> dropped.countDown());
        Waiting.forLatch(dropped);
        return false;
    }

    private void succeeded(long number) {
        if (failedLegs.get() == 0 && number > doubtful.get()) {
            covered.accumulateAndGet(number, Math::max);
        }
    }

    /** One device has answered. */
    private void legEnded(BioStatus status) {
        if (!status.isOk()) {
            failedLegs.incrementAndGet();
        }
    }

    private void failed(BioStatus cacheStatus, BioStatus originStatus, Unmapping.Listener listener) {
        if (!cacheStatus.isOk()) {
            cache.cacheFailed(cacheStatus);
        }
        cache.flushFailed(cacheStatus, originStatus);
        cache.marks().dropAll(listener);
        doubtful.accumulateAndGet(begun.get(), Math::max);
        failedLegs.addAndGet((cacheStatus.isOk() ? 0 : -1) + (originStatus.isOk() ? 0 : -1));
    }

    /** A flush from above: this bio goes to the cache device, the target's to the origin. */
    final class Leg extends Bio {
        private final TargetBio bio;
        private final long number;
        private final boolean pastCache;
        private final AtomicInteger legs;
        private BioStatus cacheStatus = BioStatus.OK;
        private BioStatus originStatus;
        private boolean concluded;

        private Leg(TargetBio bio, long number, boolean pastCache) {
            super(BioOp.FLUSH, BioFlags.NONE, 0, 0, null);
            this.bio = bio;
            this.number = number;
            this.pastCache = pastCache;
            this.legs = new AtomicInteger(pastCache ? 1 : 2);
        }

        @Override
        protected void ended(BioStatus status) {
            cacheStatus = status;
            legEnded(status);
            if (legs.decrementAndGet() == 0 && settle()) {
                concluded = true;
                bio.complete(originStatus);
            }
        }

        EndIo originEnded(BioStatus status) {
            if (concluded) {
                return EndIo.done(status);
            }
            originStatus = status;
            legEnded(status);
            return legs.decrementAndGet() == 0 && settle() ? EndIo.done(originStatus) : EndIo.incomplete();
        }

        private void end() {
            concluded = true;
            bio.complete(originStatus);
        }

        private boolean settle() {
            if (cacheStatus.isOk() && originStatus.isOk()) {
                if (!pastCache) {
                    succeeded(number);
                }
                // A device tells a failure once: one of our own, which overlaps this one, may be told instead.
                return !waitsForOwn(this::end);
            }
            failed(cacheStatus, originStatus, done -> {
                concluded = true;
                bio.complete(done || !originStatus.isOk() ? originStatus : BioStatus.IO);
            });
            return false;
        }
    }
}
