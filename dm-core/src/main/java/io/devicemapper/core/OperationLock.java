package io.devicemapper.core;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one operation on a device run at a time. An operation that has to wait for bios can lend the lock meanwhile to interjections, such as
 * the message that has a target give back the bios waited for; other operations wait on.
 */
final class OperationLock {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();

    /** Whether an operation that is not over has lent the lock. Guarded by it. */
    private boolean lent;

    /** A wait. */
    interface Wait {
        boolean await() throws InterruptedException;
    }

    /** For an operation, or for one inside it. */
    void lock() {
        lock.lock();
        while (lent) {
            returned.awaitUninterruptibly();
        }
    }

    /** As {@link #lock}, unless the operation before takes longer than that. */
    boolean tryLock(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        if (!lock.tryLock(nanos, TimeUnit.NANOSECONDS)) {
            return false;
        }
        boolean locked = false;
        try {
            long left = end - System.nanoTime();
            while (lent && left > 0) {
                left = returned.awaitNanos(left);
            }
            locked = !lent;
        } finally {
            if (!locked) {
                lock.unlock();
            }
        }
        return locked;
    }

    /** As {@link #lock}, unless an operation is not over. */
    boolean tryLock() {
        if (!lock.tryLock()) {
            return false;
        }
        if (lent) {
            lock.unlock();
            return false;
        }
        return true;
    }

    /** For an interjection, which also runs while an operation waits for bios. */
    void lockForInterjection() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** How many operations, one inside the other, the current thread is in. */
    int depth() {
        return lock.getHoldCount();
    }

    /** In an operation: waits, and lets interjections run meanwhile. */
    boolean lendDuring(Wait wait) throws InterruptedException {
        int depth = lock.getHoldCount();
        lent = true;
        for (int i = 0; i < depth; i++) {
            lock.unlock();
        }
        try {
            return wait.await();
        } finally {
            for (int i = 0; i < depth; i++) {
                lock.lock();
            }
            lent = false;
            returned.signalAll();
        }
    }
}
