package io.devicemapper.targets.multipath;

import io.devicemapper.target.DmTarget;
import java.lang.System.Logger.Level;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The state of one target: its paths, and those who carry bios over them. The kernel's {@code struct multipath}.
 */
final class Multipath {
    /** For bios that are tried again: they wait for devices, not for the processor. */
    private static final int RETRY_THREADS = 4;

    private final DmTarget<Multipath> ti;
    private final Features features;
    private final PathGroups groups;
    private final DoubtLedger doubts;
    private final NoPathQueue queue;
    private final HeldWrites held;
    private final Attempts attempts;
    private final BioCarrier carrier;
    private final PathChecker checker;
    private final ExecutorService worker;
    private final ScheduledExecutorService scheduler;
    private volatile boolean suspended;

    /** For {@code ctr}. */
    Multipath(DmTarget<Multipath> ti, Features features, PathGroups groups) {
        this.ti = ti;
        this.features = features;
        this.groups = groups;
        this.doubts = DoubtLedger.of(ti.deviceIdentity());
        this.worker = ti.worker("multipath-retry", RETRY_THREADS);
        this.scheduler = needsScheduler(features) ? ti.scheduler("multipath-timer") : null;
        this.queue = new NoPathQueue(this);
        this.held = new HeldWrites(this, doubts);
        this.attempts = new Attempts(features.ioTimeoutMillis(), scheduler);
        this.carrier = new BioCarrier(this, attempts, held);
        this.checker = features.checkMillis().isPresent()
                ? new PathChecker(this, features.checkMillis().getAsLong(), ti.worker("multipath-check", RETRY_THREADS))
                : null;
    }

    private static boolean needsScheduler(Features features) {
        return features.noPathSeconds().isPresent()
                || features.ioTimeoutMillis().isPresent()
                || features.inDoubtSeconds().isPresent()
                || features.failbackSeconds().isPresent()
                || features.checkMillis().isPresent();
    }

    DmTarget<Multipath> ti() {
        return ti;
    }

    Features features() {
        return features;
    }

    PathGroups groups() {
        return groups;
    }

    DoubtLedger doubts() {
        return doubts;
    }

    NoPathQueue queue() {
        return queue;
    }

    BioCarrier carrier() {
        return carrier;
    }

    /** Threads for what may wait. */
    ExecutorService worker() {
        return worker;
    }

    /** For delayed work; only where a feature needs it. */
    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /** Does something later, where a feature needs that. */
    void later(Runnable task, long delay, TimeUnit unit) {
        Future<?> unused = scheduler.schedule(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) { // nobody looks at the future
                        ti.log().log(Level.ERROR, () -> ti.deviceName() + ": multipath: delayed work failed", e);
                    }
                },
                delay,
                unit);
    }

    /** Whether the device is suspended, and takes no messages. */
    boolean isSuspended() {
        return suspended;
    }

    String table() {
        return features.table(queue.isWanted()) + " 0 " + groups.table();
    }

    /** A path does not work. */
    void fail(GroupPath path) {
        if (groups.fail(path)) {
            ti.log().log(Level.WARNING, () -> ti.deviceName() + ": multipath: Failing path " + path + ".");
            ti.event();
            queue.pathFailed();
            if (checker != null) {
                checker.failed(path);
            }
        }
    }

    /** A path works again. */
    void reinstate(GroupPath path) {
        if (groups.reinstate(path)) {
            ti.log().log(Level.INFO, () -> ti.deviceName() + ": multipath: Reinstating path " + path + ".");
            ti.event();
            queue.pathIsBack();
            features.failbackSeconds().ifPresent(seconds -> later(this::failBack, seconds, TimeUnit.SECONDS));
        }
    }

    private void failBack() {
        if (!suspended && groups.failBack()) {
            ti.log().log(Level.INFO, () -> ti.deviceName() + ": multipath: back to the best group");
            ti.event();
        }
    }

    void presuspend() {
        held.suspend();
        queue.suspend();
    }

    void postsuspend() {
        suspended = true;
    }

    void resume() {
        suspended = false;
        held.resume();
        queue.resume();
    }
}
