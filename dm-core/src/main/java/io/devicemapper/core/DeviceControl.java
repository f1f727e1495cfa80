package io.devicemapper.core;

import io.devicemapper.block.Bio;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets control operations on one device come one at a time, until it is removed. Bios that an operation lets in are carried when it is over, so
 * that no target's or submitter's code runs under the lock on their behalf.
 */
final class DeviceControl {
    private final MappedDevice device;
    private final OperationLock lock = new OperationLock();
    private final Queue<Bio> admitted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger forcing = new AtomicInteger();
    private volatile Runnable leftBehind;
    private volatile boolean gone;

    DeviceControl(MappedDevice device) {
        this.device = device;
    }

    /** A control operation. */
    interface Operation<T> {
        T run() throws DmException;
    }

    /**
     * Runs an operation once those before it are over. An operation may run others on the same device.
     *
     * @throws DmException if the operation failed, or the device has been removed meanwhile
     * @throws IllegalStateException inside a submission, {@code map} or {@code endIo}, which the operation could have to wait for
     */
    <T> T run(Operation<T> operation) throws DmException {
        MappedDevice.requireOutsideSubmission(device);
        lock.lock();
        return runLocked(operation);
    }

    /**
     * As {@link #run}, but also while an operation waits for bios, which this one may set free. Must not touch what operations guard.
     */
    <T> T interject(Operation<T> operation) throws DmException {
        MappedDevice.requireOutsideSubmission(device);
        lock.lockForInterjection();
        try {
            checkNotGone();
            return operation.run();
        } finally {
            lock.unlock();
            carryOnBehind();
        }
    }

    /** In an operation: waits for bios, and lets interjections run meanwhile. */
    boolean await(OperationLock.Wait wait) throws InterruptedException {
        return lock.lendDuring(wait);
    }

    private <T> T runLocked(Operation<T> operation) throws DmException {
        try {
            checkNotGone();
            return operation.run();
        } finally {
            unlock();
            carryAdmitted();
        }
    }

    private void checkNotGone() throws DmException {
        if (gone) {
            throw new DmException(DmError.NO_SUCH_DEVICE, device.name() + ": Device does not exist.");
        }
    }

    /**
     * As {@link #run}, ahead of an operation that waits for bios, which fails then, and not for ever.
     *
     * @param patience how long to wait for the operation under way
     * @param otherwise what to do if it is not over by then; must not touch what operations guard
     */
    <T> T force(Operation<T> operation, Duration patience, Operation<T> otherwise) throws DmException {
        MappedDevice.requireOutsideSubmission(device);
        boolean locked = false;
        forcing.getAndIncrement();
        try {
            device.gate().wakeDrain();
            locked = lock.tryLock(patience.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DmException(
                    DmError.INTERRUPTED,
                    device.name() + ": interrupted while waiting for the operation under way; not removed",
                    e);
        } finally {
            forcing.getAndDecrement();
        }
        return locked ? runLocked(operation) : otherwise.run();
    }

    /** Whether somebody waits in {@link #force}, to whom an operation that waits for bios has to give way. */
    boolean isForced() {
        return forcing.get() > 0;
    }

    /** In an operation: these bios are to be carried when it is over. */
    void admit(List<Bio> bios) {
        admitted.addAll(bios);
    }

    /** In an operation: it is the last. */
    void end() {
        gone = true;
    }

    /** Whether the device has been removed. */
    boolean isGone() {
        return gone;
    }

    /**
     * Outside of operations: no other one begins, and the one under way, which may never be over, is followed by this.
     *
     * @param last runs as an operation does; must not throw
     */
    void endAfterOperation(Runnable last) {
        leftBehind = last;
        gone = true;
        carryOnBehind();
    }

    /** What was left behind is carried out here, if the operation that it was left to is over. */
    private void carryOnBehind() {
        if (leftBehind != null && lock.tryLock()) {
            unlock();
            carryAdmitted();
        }
    }

    /** What was left behind while this looked is found by a second look, by whoever has the lock then. */
    private void unlock() {
        boolean outermost = lock.depth() == 1;
        do {
            Runnable last = outermost ? leftBehind : null;
            if (last != null) {
                leftBehind = null;
                last.run();
            }
            lock.unlock();
        } while (outermost && leftBehind != null && lock.tryLock());
    }

    private void carryAdmitted() {
        if (lock.depth() > 0) {
            return; // an operation inside another
        }
        for (Bio bio = admitted.poll(); bio != null; bio = admitted.poll()) {
            device.resubmit(bio);
        }
    }
}
