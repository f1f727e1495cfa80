package io.devicemapper.targets.multipath;

import io.devicemapper.target.TargetBio;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The bios that wait while no path works, where {@code queue_if_no_path} wants that; without bound, or for {@code no_path_timeout_secs}: then
 * all of them fail, and so does what comes, until a path is back.
 */
final class NoPathQueue {
    private final Multipath multipath;
    private final List<TargetBio> bios = new ArrayList<>();
    private boolean wanted;

    /** What {@link #wanted} was before the suspend: in a suspended device, nothing may be queued. */
    private boolean wantedAfterSuspend;

    private boolean waitIsOver;
    private ScheduledFuture<?> timer;

    NoPathQueue(Multipath multipath) {
        this.multipath = multipath;
        this.wanted = multipath.features().queueIfNoPath();
    }

    /** Whether {@code queue_if_no_path} is on. */
    synchronized boolean isWanted() {
        return wanted;
    }

    /** Whether a bio without a path waits. */
    synchronized boolean isQueueing() {
        return wanted && !waitIsOver;
    }

    /** Lets a bio wait. Returns false if bios do not wait. */
    boolean add(TargetBio bio) {
        synchronized (this) {
            if (!isQueueing()) {
                return false;
            }
            bios.add(bio);
        }
        // Who reinstates a path looks here after that; so one of the two looks last.
        if (multipath.groups().hasActivePath()) {
            run();
        }
        return true;
    }

    /** Bios may wait from now on. */
    void want() {
        synchronized (this) {
            wanted = true;
            waitIsOver = false;
        }
        pathFailed();
    }

    /** Bios may not wait any more; those that do fail. */
    void fail() {
        synchronized (this) {
            wanted = false;
            wantedAfterSuspend = false;
        }
        run();
    }

    /** What waits is carried over a path, or fails, or is pushed back. */
    void suspend() {
        synchronized (this) {
            wantedAfterSuspend |= wanted;
            wanted = false;
        }
        run();
    }

    void resume() {
        synchronized (this) {
            wanted |= wantedAfterSuspend;
            wantedAfterSuspend = false;
        }
        pathFailed();
    }

    /** A path has failed, perhaps the last one. */
    synchronized void pathFailed() {
        if (!multipath.groups().hasActivePath() && isQueueing() && timer == null) {
            multipath
                    .features()
                    .noPathSeconds()
                    .ifPresent(seconds ->
                            timer = multipath.scheduler().schedule(this::endWait, seconds, TimeUnit.SECONDS));
        }
    }

    void pathIsBack() {
        synchronized (this) {
            waitIsOver = false;
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
        }
        run();
    }

    private void endWait() {
        synchronized (this) {
            if (timer == null || multipath.groups().hasActivePath()) {
                return;
            }
            timer = null;
            waitIsOver = true;
        }
        multipath
                .ti()
                .log()
                .log(
                        Level.ERROR,
                        () -> multipath.ti().deviceName() + ": multipath: no path for too long; failing what waits");
        run();
    }

    private void run() {
        List<TargetBio> waiting;
        synchronized (this) {
            waiting = List.copyOf(bios);
            bios.clear();
        }
        waiting.forEach(multipath.carrier()::again);
    }
}
