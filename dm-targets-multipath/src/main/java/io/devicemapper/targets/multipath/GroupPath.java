package io.devicemapper.targets.multipath;

import io.devicemapper.target.DmDev;

/** A path of a group: the kernel's {@code pgpath}. Changed under the lock of {@link PathGroups}, and read without. */
final class GroupPath {
    private final PathGroup group;
    private final int number;
    private final DmDev dev;
    private final UnflushedWrites unflushed = new UnflushedWrites();
    private volatile boolean active = true;
    private volatile long failCount;

    /**
     * A path that is usable.
     *
     * @param group its group
     * @param number its number in the group, from 0 on
     * @param dev where it leads
     */
    GroupPath(PathGroup group, int number, DmDev dev) {
        this.group = group;
        this.number = number;
        this.dev = dev;
    }

    PathGroup group() {
        return group;
    }

    int number() {
        return number;
    }

    DmDev dev() {
        return dev;
    }

    UnflushedWrites unflushed() {
        return unflushed;
    }

    boolean isActive() {
        return active;
    }

    /** How often it has failed. */
    long failCount() {
        return failCount;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // under the groups' lock
    void setFailed() {
        active = false;
        failCount++;
    }

    void setActive() {
        active = true;
    }

    /** A bio goes down. */
    void ioStarted(long bytes) {
        group.selection().ioStarted(number, bytes);
    }

    /** A bio has come back. */
    void ioEnded(long bytes, long startNanos) {
        group.selection().ioEnded(number, bytes, startNanos);
    }

    @Override
    public String toString() {
        return dev.name();
    }
}
