package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.TargetBio;
import java.util.ArrayList;
import java.util.List;

/**
 * Each path has a cache of its own: a flush goes to every path that was written to since the last one. A path that was lost with unflushed writes fails the next
 * flush, once, since they may be lost with it.
 */
final class EachPathFlushes extends Flushes {
    EachPathFlushes(Multipath multipath, Attempts attempts) {
        super(multipath, attempts);
    }

    @Override
    void flush(TargetBio bio) {
        long epoch = beginEpoch();
        Run run = new Run(bio, epoch);
        List<GroupPath> toFlush = new ArrayList<>();
        for (GroupPath path : multipath().groups().paths()) {
            if (path.isActive()) {
                if (path.unflushed().isDirty()) {
                    toFlush.add(path);
                }
            } else if (path.unflushed().hasOwn()) {
                run.lost(path);
            }
        }
        run.begin(toFlush);
    }

    /** One flush on its way to several paths. */
    private final class Run {
        private final TargetBio bio;
        private final long epoch;

        // Guarded by this.
        private int pending = 1;
        private BioStatus status = BioStatus.OK;

        Run(TargetBio bio, long epoch) {
            this.bio = bio;
            this.epoch = epoch;
        }

        void begin(List<GroupPath> paths) {
            synchronized (this) {
                pending += paths.size();
            }
            for (GroupPath path : paths) {
                // As it is now: another flush under way may tell the loss of the same writes, and so must this one.
                boolean promised = path.unflushed().hasOwn();
                attempts().startFlush(path, (attempt, status, doubt) -> answered(path, promised, status));
            }
            endOne();
        }

        private void answered(GroupPath path, boolean promised, BioStatus answer) {
            BioStatus flushed = flushed(path, answer);
            if (flushed.isOk()) {
                path.unflushed().settle(epoch);
            } else if (flushed.anotherPathMayHelp()) {
                multipath().fail(path);
                if (promised) {
                    lost(path);
                }
            } else {
                if (flushed == BioStatus.MEDIUM) { // the device has told a loss, and will not do so again
                    path.unflushed().settle(epoch);
                }
                note(flushed);
            }
            endOne();
        }

        /** What the path acknowledged may be lost; this flush tells it. */
        void lost(GroupPath path) {
            path.unflushed().settle(epoch);
            note(BioStatus.MEDIUM);
        }

        private synchronized void note(BioStatus error) {
            if (status.isOk() || error == BioStatus.MEDIUM) {
                status = error;
            }
        }

        private void endOne() {
            BioStatus outcome;
            synchronized (this) {
                pending--;
                if (pending > 0) {
                    return;
                }
                outcome = status;
            }
            bio.complete(outcome);
        }
    }
}
