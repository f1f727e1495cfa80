package io.devicemapper.targets.multipath;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.TargetBio;

/** Decides which paths a flush has to go to. What a flush promises is every write that had been acknowledged when it came. */
abstract class Flushes {
    private final Multipath multipath;
    private final Attempts attempts;
    private volatile long epoch = UnflushedWrites.FIRST_EPOCH;

    Flushes(Multipath multipath, Attempts attempts) {
        this.multipath = multipath;
        this.attempts = attempts;
    }

    /** A path is about to acknowledge a write that is not durable by itself. No lock, and as a rule no store. */
    final void noteWritten(GroupPath path) {
        UnflushedWrites unflushed = path.unflushed();
        long now = epoch;
        while (unflushed.writtenEpoch != now) {
            unflushed.writtenEpoch = now;
            // A flush that came in between did not see this, and the next one must.
            now = epoch;
        }
    }

    /** Carries out a flush that the target keeps. */
    abstract void flush(TargetBio bio);

    /** Ends an epoch, and returns it: what was written in it or before has to be made durable. */
    final synchronized long beginEpoch() {
        long ended = epoch;
        epoch = ended + 1;
        return ended;
    }

    final Multipath multipath() {
        return multipath;
    }

    final Attempts attempts() {
        return attempts;
    }

    /** A device without a cache has nothing to flush, and some of them say so. */
    static BioStatus flushed(GroupPath path, BioStatus status) {
        boolean nothingToFlush =
                status == BioStatus.UNSUPPORTED && !path.dev().limits().writeCache();
        return nothingToFlush ? BioStatus.OK : status;
    }
}
