package io.devicemapper.targets.cache;

import java.util.ArrayList;
import java.util.List;

/**
 * The writes to one cached block: those under way, those that wait, and the block's mark. Guarded by the monitor of its {@link CacheBlock}.
 *
 * <p>A write waits while the block is held (it is about to leave the cache), while its mark is not durable, and while it overlaps one that came
 * before: two devices that each had overlapping writes at a time could keep different ones.
 */
final class BlockWrites {
    /** How far the block is marked. */
    enum Mark {
        /** Both devices durably hold the same. */
        NONE,
        /** The committer has been asked. */
        ASKED,
        /** The metadata says so, durably. */
        DURABLE
    }

    /** What becomes of a write that has come. */
    enum Admission {
        /** The block does not hold what is written to. */
        GONE,
        /** It is under way. */
        STARTS,
        /** It waits, and will be started. */
        WAITS,
        /** It waits, and its submitter has to ask for the mark. */
        NEEDS_MARK,
        /** Nothing can be written here: see {@link CacheBlock}. */
        FAILS
    }

    private Mark mark = Mark.NONE;

    /** Set while the block's unmapping is under way: who wants to know. */
    private Unmapping unmapping;

    /** The block cannot be unmapped durably: it serves nothing any more, and takes no writes. */
    private boolean stuck;

    private MirroredWrite underWay;
    private MirroredWrite waitingHead;
    private MirroredWrite waitingTail;
    private long endedBeforeFlush;
    private long lastEndNanos;

    Mark mark() {
        return mark;
    }

    void mark(Mark mark) {
        this.mark = mark;
    }

    Unmapping unmapping() {
        return unmapping;
    }

    void unmapping(Unmapping unmapping) {
        this.unmapping = unmapping;
    }

    boolean isStuck() {
        return stuck;
    }

    void stuck(boolean stuck) {
        this.stuck = stuck;
    }

    boolean isIdle() {
        return underWay == null && waitingHead == null;
    }

    /** Number of the flush that would be the next one when the last write had ended: one that began later covers it. */
    long endedBeforeFlush() {
        return endedBeforeFlush;
    }

    long lastEndNanos() {
        return lastEndNanos;
    }

    /** Takes a write in. */
    Admission admit(MirroredWrite write) {
        if (stuck) {
            return Admission.FAILS;
        }
        if (unmapping == null && mark == Mark.DURABLE && !overlaps(underWay, write) && !overlaps(waitingHead, write)) {
            write.next = underWay;
            underWay = write;
            return Admission.STARTS;
        }
        enqueue(write);
        if (unmapping == null && mark == Mark.NONE) {
            mark = Mark.ASKED;
            return Admission.NEEDS_MARK;
        }
        return Admission.WAITS;
    }

    /** Lets a write wait. */
    void enqueue(MirroredWrite write) {
        write.next = null;
        if (waitingTail == null) {
            waitingHead = write;
        } else {
            waitingTail.next = write;
        }
        waitingTail = write;
    }

    private static boolean overlaps(MirroredWrite list, MirroredWrite write) {
        for (MirroredWrite other = list; other != null; other = other.next) {
            if (other.overlaps(write)) {
                return true;
            }
        }
        return false;
    }

    /** A write has ended. */
    void ended(MirroredWrite write, long nextFlush, long nowNanos) {
        endedBeforeFlush = nextFlush;
        lastEndNanos = nowNanos;
        if (underWay == write) {
            underWay = write.next;
            return;
        }
        for (MirroredWrite other = underWay; other != null; other = other.next) {
            if (other.next == write) {
                other.next = write.next;
                return;
            }
        }
        throw new AssertionError(write + " was not under way");
    }

    /** Moves to those under way what no longer has to wait, and returns it in the order in which it came. */
    List<MirroredWrite> startable() {
        if (waitingHead == null || unmapping != null || mark != Mark.DURABLE) {
            return List.of();
        }
        List<MirroredWrite> started = new ArrayList<>();
        MirroredWrite write = waitingHead;
        waitingHead = null;
        waitingTail = null;
        while (write != null) {
            MirroredWrite following = write.next;
            if (overlaps(underWay, write) || overlaps(waitingHead, write)) {
                enqueue(write);
            } else {
                write.next = underWay;
                underWay = write;
                started.add(write);
            }
            write = following;
        }
        return started;
    }

    /** Takes all that wait. */
    List<MirroredWrite> takeWaiting() {
        List<MirroredWrite> taken = new ArrayList<>();
        for (MirroredWrite write = waitingHead; write != null; write = write.next) {
            taken.add(write);
        }
        waitingHead = null;
        waitingTail = null;
        return taken;
    }
}
