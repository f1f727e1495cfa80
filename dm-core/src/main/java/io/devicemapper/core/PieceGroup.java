package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A bio that went to its targets in several pieces or copies; it ends when the last of them has, with the first error. */
final class PieceGroup {
    private final Bio origin;
    private final AtomicInteger open;

    /** Null for what is no flush. */
    private final UntoldFlushFailure untold;

    private final AtomicReference<BioStatus> firstError = new AtomicReference<>(BioStatus.OK);

    /**
     * Starts with one piece open, the submission itself, so that the group cannot end while pieces are still being added.
     *
     * @param untold what a flush of this device has to tell
     */
    PieceGroup(Bio origin, UntoldFlushFailure untold) {
        this.origin = origin;
        this.untold = origin.op() == BioOp.FLUSH ? untold : null;
        this.open = new AtomicInteger(1);
    }

    Bio origin() {
        return origin;
    }

    void add() {
        open.getAndIncrement();
    }

    /** One piece has ended. True if it was the last. */
    boolean ended(BioStatus status) {
        if (!status.isOk()) {
            firstError.compareAndSet(BioStatus.OK, status);
        }
        boolean last = open.decrementAndGet() == 0;
        if (last && untold != null && firstError.get().isOk()) {
            firstError.set(untold.tell());
        }
        return last;
    }

    BioStatus status() {
        return firstError.get();
    }
}
