package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.Doubt;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;

/**
 * Takes bios down a path, and those that fail there down the next one.
 *
 * <p>A bio's context is its {@link GroupPath}, or a {@link Pass} where more has to be known, while it is below; else null, or the mark by which the {@link
 * DoubtLedger} knows it.
 */
final class BioCarrier {
    /**
     * A bio on its way down a path.
     *
     * @param path the path
     * @param startNanos when it went down; 0 if nobody wants to know
     * @param mark by which its own doubts are known, or null
     */
    private record Pass(GroupPath path, long startNanos, Object mark) {}

    private enum Fate {
        ENDS,
        AGAIN,
        PUSHED_BACK
    }

    private final Multipath multipath;
    private final DmTarget<Multipath> ti;
    private final PathGroups groups;
    private final Attempts attempts;
    private final HeldWrites held;
    private final Flushes flushes;

    BioCarrier(Multipath multipath, Attempts attempts, HeldWrites held) {
        this.multipath = multipath;
        this.ti = multipath.ti();
        this.groups = multipath.groups();
        this.attempts = attempts;
        this.held = held;
        this.flushes = multipath.features().sharedCache()
                ? new SharedCacheFlushes(multipath, attempts)
                : new EachPathFlushes(multipath, attempts);
    }

    /** Takes a bio down, in {@code map} or later. */
    MapResult carry(TargetBio bio) {
        BioOp op = bio.op();
        if (op == BioOp.FLUSH) {
            flushes.flush(bio);
            return bio.submitted();
        }
        Object mark = bio.context();
        if (op.modifies() && held.mayHold() && held.hold(bio, mark)) {
            return bio.submitted();
        }
        GroupPath path = groups.choose(bio.bytes());
        if (path == null) {
            return withoutPath(bio);
        }
        if (attempts.isTimed()) {
            attempts.start(path, bio, (attempt, status, doubt) -> attemptEnded(bio, attempt, status, doubt));
            return bio.submitted();
        }
        boolean timed = path.group().selection().timesIo();
        bio.context(timed || mark != null ? new Pass(path, timed ? System.nanoTime() : 0, mark) : path);
        path.ioStarted(bio.bytes());
        bio.failFast();
        return bio.remap(path.dev(), bio.sector());
    }

    /** For a bio for which there is no path. */
    MapResult withoutPath(TargetBio bio) {
        if (multipath.queue().add(bio)) {
            return bio.submitted();
        }
        return ti.isNoflushSuspending() ? bio.requeue() : bio.complete(BioStatus.IO);
    }

    /** Takes a bio down that the target keeps: here, or on a thread that may wait. */
    void again(TargetBio bio) {
        if (mayWait()) {
            multipath.worker().execute(() -> carry(bio));
        } else {
            carry(bio);
        }
    }

    private boolean mayWait() {
        for (GroupPath path : groups.paths()) {
            if (path.dev().mayWait()) {
                return true;
            }
        }
        return false;
    }

    /** A bio has come back from below, or was ended by this target. */
    EndIo ended(TargetBio bio, BioStatus status) {
        Object context = bio.context();
        GroupPath path;
        Object mark = null;
        if (context instanceof GroupPath plain) {
            path = plain;
            path.ioEnded(bio.bytes(), 0);
        } else if (context instanceof Pass pass) {
            path = pass.path();
            mark = pass.mark();
            path.ioEnded(bio.bytes(), pass.startNanos());
        } else {
            return EndIo.done(status);
        }
        if (status.isOk()) {
            noteWritten(bio, path);
            return EndIo.done(status);
        }
        bio.context(mark);
        return switch (fate(bio, path, status, bio.doubt())) {
            case ENDS -> EndIo.done(upward(status));
            case PUSHED_BACK -> EndIo.requeue();
            case AGAIN -> {
                again(bio);
                yield EndIo.incomplete();
            }
        };
    }

    private void attemptEnded(TargetBio bio, Attempt attempt, BioStatus status, Doubt doubt) {
        if (status.isOk()) {
            if (bio.op() == BioOp.READ) {
                attempt.copyTo(bio.payload());
            }
            noteWritten(bio, attempt.path());
            bio.complete(status);
            return;
        }
        switch (fate(bio, attempt.path(), status, doubt)) {
            case ENDS -> bio.complete(upward(status));
            case PUSHED_BACK -> bio.requeue();
            case AGAIN -> again(bio);
        }
    }

    private void noteWritten(TargetBio bio, GroupPath path) {
        boolean leavesUnflushed = bio.op() == BioOp.WRITE || bio.op() == BioOp.WRITE_ZEROES;
        if (leavesUnflushed && !bio.has(BioFlags.FUA)) {
            flushes.noteWritten(path);
        }
    }

    private Fate fate(TargetBio bio, GroupPath path, BioStatus status, Doubt doubt) {
        if (doubt != null && bio.op().modifies()) {
            // Before the bio is sent again: once that is answered, newer ones may come.
            Object mark = bio.context() == null ? new Object() : bio.context();
            bio.context(mark);
            multipath.doubts().add(bio.sector(), bio.sectors(), mark, path, doubt);
        }
        if (!status.anotherPathMayHelp()) {
            return Fate.ENDS;
        }
        multipath.fail(path);
        if (groups.hasActivePath() || multipath.queue().isQueueing()) {
            return Fate.AGAIN;
        }
        return ti.isNoflushSuspending() ? Fate.PUSHED_BACK : Fate.ENDS;
    }

    /** Of what the last path said, those above learn only that no path is left. */
    private static BioStatus upward(BioStatus status) {
        return status.anotherPathMayHelp() ? BioStatus.IO : status;
    }
}
