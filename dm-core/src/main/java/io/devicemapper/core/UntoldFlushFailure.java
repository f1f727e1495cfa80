package io.devicemapper.core;

import io.devicemapper.block.BioStatus;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What nobody above a mapped device knows yet: a flush that a target made on its own account has failed, and with it may have gone what the device
 * had acknowledged. A lower device tells that once. The next flush of the mapped device ends with it, by whichever table.
 */
final class UntoldFlushFailure {
    private final AtomicReference<BioStatus> failure = new AtomicReference<>();
    private final AtomicInteger noted = new AtomicInteger();

    /** A flush has failed. */
    void note(BioStatus status) {
        noted.getAndIncrement();
        failure.set(status);
    }

    /** How a flush that went well has to end: it is told of the failure, if there is one, and nobody after it. */
    BioStatus tell() {
        BioStatus status = failure.get() == null ? null : failure.getAndSet(null);
        return status == null ? BioStatus.OK : status;
    }

    /** What has still to be told, or null. */
    BioStatus pending() {
        return failure.get();
    }

    /** How many there were. */
    int noted() {
        return noted.get();
    }
}
