package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.Doubt;
import io.devicemapper.target.TargetBio;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All paths share one cache ({@code shared_cache}): a flush on one of them makes durable what was written over all. It has to be one whose cache was not lost since
 * the last flush, or nobody knows what became of the writes; if there is none, the flush fails, once.
 */
final class SharedCacheFlushes extends Flushes {
    SharedCacheFlushes(Multipath multipath, Attempts attempts) {
        super(multipath, attempts);
        multipath
                .groups()
                .paths()
                .forEach(path -> path.unflushed().lossesAtSettlement(path.dev().cacheLosses()));
    }

    @Override
    void flush(TargetBio bio) {
        boolean dirty = false;
        for (GroupPath path : multipath().groups().paths()) {
            dirty |= path.unflushed().isDirty();
        }
        if (!dirty) {
            bio.complete(BioStatus.OK);
        } else if (!multipath().groups().hasActivePath()) {
            multipath().carrier().withoutPath(bio);
        } else {
            new Run(bio).next();
        }
    }

    /** One flush that tries one path after the other. */
    private final class Run {
        private final TargetBio bio;
        private final Map<GroupPath, Long> losses = new LinkedHashMap<>();
        private final Deque<GroupPath> candidates = new ArrayDeque<>();
        private final long epoch;

        Run(TargetBio bio) {
            this.bio = bio;
            GroupPath preferred = multipath().groups().choose(0);
            for (GroupPath path : multipath().groups().paths()) {
                losses.put(path, path.dev().cacheLosses());
                if (path.isActive() && isUnbroken(path)) {
                    if (path == preferred) {
                        candidates.addFirst(path);
                    } else {
                        candidates.addLast(path);
                    }
                }
            }
            this.epoch = beginEpoch();
        }

        private boolean isUnbroken(GroupPath path) {
            return path.dev().cacheLosses() == path.unflushed().lossesAtSettlement();
        }

        void next() {
            GroupPath path = candidates.pollFirst();
            if (path != null) {
                attempts().startFlush(path, this::answered);
                return;
            }
            if (!multipath().groups().hasActivePath()) {
                multipath().carrier().withoutPath(bio);
                return;
            }
            // The writes stay unsettled, since they may have survived; that they may not is told now.
            losses.forEach((each, count) -> each.unflushed().lossesAtSettlement(count));
            bio.complete(BioStatus.MEDIUM);
        }

        private void answered(Attempt attempt, BioStatus answer, Doubt doubt) {
            GroupPath path = attempt.path();
            BioStatus flushed = flushed(path, answer);
            if (flushed.isOk() && isUnbroken(path)) {
                losses.forEach((each, count) -> {
                    each.unflushed().settle(epoch);
                    each.unflushed().lossesAtSettlement(count);
                });
                bio.complete(BioStatus.OK);
                return;
            }
            if (flushed.isOk() || flushed == BioStatus.MEDIUM) {
                next();
            } else if (flushed.anotherPathMayHelp()) {
                multipath().fail(path);
                next();
            } else {
                bio.complete(flushed);
            }
        }
    }
}
