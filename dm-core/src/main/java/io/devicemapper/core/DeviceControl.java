package io.devicemapper.core;

import io.devicemapper.block.Bio;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets control operations on one device come one at a time, until it is removed. Bios that an operation lets in are carried when it is over, so
 * that no target's or submitter's code runs under the lock on their behalf.
 */
final class DeviceControl {
    private final MappedDevice device;
    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<Bio> admitted = new ConcurrentLinkedQueue<>();
    private boolean gone; // guarded by lock

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
        try {
            if (gone) {
                throw new DmException(DmError.NO_SUCH_DEVICE, device.name() + ": Device does not exist.");
            }
            return operation.run();
        } finally {
            lock.unlock();
            carryAdmitted();
        }
    }

    /** In an operation: these bios are to be carried when it is over. */
    void admit(List<Bio> bios) {
        admitted.addAll(bios);
    }

    /** In an operation: it is the last. */
    void end() {
        gone = true;
    }

    private void carryAdmitted() {
        if (lock.isHeldByCurrentThread()) {
            return; // an operation inside another
        }
        for (Bio bio = admitted.poll(); bio != null; bio = admitted.poll()) {
            device.resubmit(bio);
        }
    }
}
