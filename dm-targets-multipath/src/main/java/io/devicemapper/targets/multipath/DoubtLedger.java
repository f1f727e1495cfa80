package io.devicemapper.targets.multipath;

import io.devicemapper.block.Doubt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The writes that ended with an error on a path and may still be carried out there, and who waits for the end of that. A newer write for the same sectors
 * must not be sent before, or the old one could undo it.
 *
 * <p>There is one for each mapped device, which outlives its tables. Safe for use by several threads; nobody is called under its lock.
 */
final class DoubtLedger {
    /** Nothing here refers to a device, so that an entry goes with its device. */
    private static final Map<Object, DoubtLedger> OF_DEVICES = Collections.synchronizedMap(new WeakHashMap<>());

    private record Entry(long sector, long end, Object mark, String path, Doubt doubt) {
        boolean bars(long otherSector, long otherEnd, Object otherMark) {
            return sector < otherEnd && otherSector < end && mark != otherMark;
        }
    }

    private record Waiter(long sector, long end, Object mark, Runnable whenFree) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private volatile boolean empty = true;
    private long everInDoubt;
    private long everWaited;

    /** The ledger of a device. */
    static DoubtLedger of(Object deviceIdentity) {
        return OF_DEVICES.computeIfAbsent(deviceIdentity, identity -> new DoubtLedger());
    }

    /** Whether nothing is in doubt. */
    boolean isEmpty() {
        return empty;
    }

    /**
     * A write is in doubt.
     *
     * @param sector its first sector
     * @param sectors its length
     * @param mark the write itself, which does not wait for its own doubts when it is sent again
     * @param path where it was lost
     * @param doubt when that is over
     */
    void add(long sector, long sectors, Object mark, GroupPath path, Doubt doubt) {
        Entry entry = new Entry(sector, sector + sectors, mark, path.toString(), doubt);
        synchronized (this) {
            entries.add(entry);
            empty = false;
            everInDoubt++;
        }
        doubt.whenOver(() -> remove(List.of(entry)));
    }

    /**
     * Waits for the end of all doubts about a range.
     *
     * @param mark the mark of who waits, or null
     * @param whenFree called once, without a lock, unless it is cancelled
     * @return false if there is no doubt, and nothing to wait for
     */
    synchronized boolean await(long sector, long sectors, Object mark, Runnable whenFree) {
        if (!isBarred(sector, sector + sectors, mark)) {
            return false;
        }
        waiters.add(new Waiter(sector, sector + sectors, mark, whenFree));
        everWaited++;
        return true;
    }

    private boolean isBarred(long sector, long end, Object mark) {
        for (Entry entry : entries) {
            if (entry.bars(sector, end, mark)) {
                return true;
            }
        }
        return false;
    }

    /** Ends a wait; nothing happens if it is over. */
    synchronized void cancel(Runnable whenFree) {
        waiters.removeIf(waiter -> waiter.whenFree() == whenFree);
    }

    /**
     * Takes an operator's word that nothing can come over a path any more.
     *
     * @return how many doubts that ended
     */
    int end(String path) {
        List<Entry> ended;
        synchronized (this) {
            ended = entries.stream().filter(entry -> entry.path().equals(path)).toList();
        }
        remove(ended);
        return ended.size();
    }

    private void remove(List<Entry> ended) {
        List<Waiter> free = new ArrayList<>();
        synchronized (this) {
            entries.removeAll(ended);
            empty = entries.isEmpty();
            waiters.removeIf(waiter -> !isBarred(waiter.sector(), waiter.end(), waiter.mark()) && free.add(waiter));
        }
        free.forEach(waiter -> waiter.whenFree().run());
    }

    /** Figures for an operator: what is in doubt and who waits now, and how many of both there have been. */
    synchronized String status() {
        return "in_doubt " + entries.size() + " waiting " + waiters.size() + " ever_in_doubt " + everInDoubt
                + " ever_waited " + everWaited;
    }
}
