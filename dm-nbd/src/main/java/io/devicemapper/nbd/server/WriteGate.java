package io.devicemapper.nbd.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps writes to one device apart where one of them is not a multiple of its blocks. Such a write reads the blocks around it and
 * writes them back; another write that lands between the two would be undone.
 *
 * <p>As long as all clients write whole blocks, a write costs two uncontended atomic additions here. The first unaligned write closes
 * the short way: it waits until the writes under way have ended, and from then on each write locks its range, until the clients
 * that wrote like that have left.
 *
 * <p>Only a thread that is about to submit waits here, it holds no other range, and who holds a range has submitted: nobody waits
 * for a thread that waits.
 */
final class WriteGate {
    private final List<Member> members = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Range> held = new ArrayList<>();
    private int unalignedMembers;
    private volatile boolean ranged;

    /** One client of the device. */
    static final class Member {
        /** Writes on the short way. */
        private final AtomicInteger underWay = new AtomicInteger();

        private boolean unaligned;
    }

    /** A range of bytes that is being written. */
    static final class Range {
        private final long begin;
        private final long end;

        private Range(long begin, long end) {
            this.begin = begin;
            this.end = end;
        }

        private boolean overlaps(long otherBegin, long otherEnd) {
            return begin < otherEnd && otherBegin < end;
        }
    }

    Member join() {
        Member member = new Member();
        members.add(member);
        return member;
    }

    /** The client has left, with nothing under way. */
    void leave(Member member) {
        members.remove(member);
        lock.lock();
        try {
            if (member.unaligned && --unalignedMembers == 0) {
                ranged = false;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets a write of whole blocks begin.
     *
     * @return what to give to {@link #exit}: null on the short way
     */
    Range enter(Member member, long begin, long end) {
        member.underWay.incrementAndGet();
        if (!ranged) {
            return null;
        }
        exitShortWay(member);
        lock.lock();
        try {
            return hold(begin, end);
        } finally {
            lock.unlock();
        }
    }

    /** Lets a write begin that reads blocks and writes them back; waits until nobody else is writing there. */
    Range enterUnaligned(Member member, long begin, long end) {
        lock.lock();
        try {
            if (!member.unaligned) {
                member.unaligned = true;
                unalignedMembers++;
            }
            ranged = true;
            while (shortWayInUse()) {
                changed.awaitUninterruptibly();
            }
            return hold(begin, end);
        } finally {
            lock.unlock();
        }
    }

    /** The write has ended. */
    void exit(Member member, Range range) {
        if (range == null) {
            exitShortWay(member);
            return;
        }
        lock.lock();
        try {
            held.remove(range);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void exitShortWay(Member member) {
        // Either this thread sees that somebody waits, or who waits sees the count: both are volatile.
        if (member.underWay.decrementAndGet() == 0 && ranged) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean shortWayInUse() {
        for (Member member : members) {
            if (member.underWay.get() != 0) {
                return true;
            }
        }
        return false;
    }

    private Range hold(long begin, long end) {
        while (held.stream().anyMatch(range -> range.overlaps(begin, end))) {
            changed.awaitUninterruptibly();
        }
        Range range = new Range(begin, end);
        held.add(range);
        return range;
    }
}
