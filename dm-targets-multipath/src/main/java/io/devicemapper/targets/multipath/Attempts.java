package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioOp;
import io.devicemapper.target.TargetBio;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The {@link Attempt}s under way, and the time-out that ends those which a path does not answer. */
final class Attempts {
    private static final System.Logger LOG = System.getLogger(Attempts.class.getName());

    /** The age of attempts is looked at this often within a time-out. */
    private static final int LOOKS = 4;

    private final long timeoutNanos;
    private final Set<Attempt> underWay = ConcurrentHashMap.newKeySet();

    /**
     * No attempts so far.
     *
     * @param timeoutMillis how long a path may take, if there is a limit
     * @param scheduler where there is one
     */
    Attempts(OptionalLong timeoutMillis, ScheduledExecutorService scheduler) {
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis.orElse(0));
        if (isTimed()) {
            long periodNanos = Math.max(timeoutNanos / LOOKS, TimeUnit.MILLISECONDS.toNanos(1));
            Future<?> unused =
                    scheduler.scheduleWithFixedDelay(this::giveUpOld, periodNanos, periodNanos, TimeUnit.NANOSECONDS);
        }
    }

    /** Whether there is a time-out. */
    boolean isTimed() {
        return timeoutNanos != 0;
    }

    /** Carries out a bio, whose content is copied. */
    void start(GroupPath path, TargetBio bio, Attempt.Outcome outcome) {
        ByteBuffer buffer = null;
        if (bio.op().hasPayload()) {
            buffer = ByteBuffer.allocate(Math.toIntExact(bio.bytes()));
            if (bio.op() == BioOp.WRITE) {
                buffer.put(0, bio.payload(), bio.payload().position(), buffer.capacity());
            }
        }
        start(
                new Attempt(this, path, bio.op(), buffer, bio.bytes(), outcome),
                bio.flags(),
                bio.sector(),
                bio.sectors());
    }

    /** Flushes a path. */
    void startFlush(GroupPath path, Attempt.Outcome outcome) {
        start(new Attempt(this, path, BioOp.FLUSH, null, 0, outcome), 0, 0, 0);
    }

    private void start(Attempt attempt, int flags, long sector, long sectors) {
        if (isTimed()) {
            underWay.add(attempt);
        }
        attempt.submit(flags, sector, sectors);
    }

    void ended(Attempt attempt) {
        underWay.remove(attempt);
    }

    private void giveUpOld() {
        long nowNanos = System.nanoTime();
        for (Attempt attempt : underWay) {
            if (attempt.ageNanos(nowNanos) > timeoutNanos) {
                giveUp(attempt);
            }
        }
    }

    private static void giveUp(Attempt attempt) {
        try {
            attempt.giveUp();
        } catch (RuntimeException e) { // a submitter's completion, say: the others must not stay without a time-out
            LOG.log(Level.ERROR, () -> attempt.path() + ": giving up an attempt failed", e);
        }
    }
}
