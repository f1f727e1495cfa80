package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A bio that went to its targets in several pieces or copies; it ends when the last of them has, with the first error. */
final class PieceGroup {
    private final Bio origin;
    private final AtomicInteger open;
    private final AtomicReference<BioStatus> firstError = new AtomicReference<>(BioStatus.OK);

    /**
     * Starts with one piece open, the submission itself, so that the group cannot end while pieces are still being added.
     */
    PieceGroup(Bio origin) {
        this.origin = origin;
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
        return open.decrementAndGet() == 0;
    }

    BioStatus status() {
        return firstError.get();
    }
}
