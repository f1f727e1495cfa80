package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What each sector of a disk may hold, by the writes that were made to it: a disk without a cache is held to the same. Time is a counter that goes up
 * when a bio is submitted and when it ends.
 *
 * <p>A write is gone for good when another one, which began after it had ended, has ended well. Of two that were under way together either may be
 * what stays, but it stays: what one read has found, with no write under way, every later one must find. A failed write may have left each
 * of its sectors as it was, or written. After a power cut a write counts only if it was made with FUA, or a flush was begun after it had ended, and ended well.
 *
 * <p>Safe for use by several threads.
 */
final class WriteHistory {
    private static final long NEVER = Long.MAX_VALUE;

    /** A write, or a read that settled which of several writes stayed. */
    static final class Entry {
        private final long write;
        private final long firstSector;
        private final long sectors;
        private final long begun;
        private long ended = NEVER;
        private boolean well;
        private boolean durable;

        private Entry(long write, long firstSector, long sectors, long begun) {
            this.write = write;
            this.firstSector = firstSector;
            this.sectors = sectors;
            this.begun = begun;
        }

        /** The number that its content bears; 0 for zeroes. */
        long write() {
            return write;
        }

        @Override
        public String toString() {
            return (write == 0 ? "zeroes" : "write " + write) + " [" + begun + ", "
                    + (ended == NEVER ? "under way" : ended + (well ? "" : ", failed") + (durable ? ", durable" : ""))
                    + "]";
        }
    }

    private final List<List<Entry>> sectors = new ArrayList<>();
    private final List<Entry> notDurable = new ArrayList<>();
    private long clock;
    private long writes;

    /** A disk full of zeroes. */
    WriteHistory(long size) {
        for (long sector = 0; sector < size; sector++) {
            sectors.add(new ArrayList<>(List.of(settled(0, sector))));
        }
    }

    private Entry settled(long write, long sector) {
        Entry entry = new Entry(write, sector, 1, ++clock);
        entry.ended = entry.begun;
        entry.well = true;
        entry.durable = true;
        return entry;
    }

    synchronized int size() {
        return sectors.size();
    }

    /** The time now, for a read or a flush that begins. */
    synchronized long begin() {
        return ++clock;
    }

    /** A write begins. */
    synchronized Entry beginWrite(long sector, long count) {
        return add(++writes, sector, count);
    }

    /** A discard or write-zeroes begins. */
    synchronized Entry beginZeroes(long sector, long count) {
        return add(0, sector, count);
    }

    private Entry add(long write, long sector, long count) {
        Entry entry = new Entry(write, sector, count, ++clock);
        for (long s = sector; s < sector + count; s++) {
            sectors.get((int) s).add(entry);
        }
        notDurable.add(entry);
        return entry;
    }

    /** A write has ended. */
    synchronized void end(Entry entry, boolean well, boolean durable) {
        entry.ended = ++clock;
        entry.well = well;
        entry.durable = well && durable;
    }

    /** A write was refused, which changes nothing. */
    synchronized void refused(Entry entry) {
        for (long s = entry.firstSector; s < entry.firstSector + entry.sectors; s++) {
            sectors.get((int) s).remove(entry);
        }
        notDurable.remove(entry);
    }

    /** A write with PREFLUSH has ended well: as a flush that was begun with it. */
    synchronized void flushedBefore(Entry entry) {
        flushed(entry.begun);
    }

    /** A flush has ended well. */
    synchronized void flushed(long begun) {
        notDurable.removeIf(entry -> {
            if (entry.well && entry.ended < begun) {
                entry.durable = true;
            }
            return entry.durable;
        });
    }

    /** The power was cut: what is not durable may be gone, and no later flush makes it durable. */
    synchronized void powerCut() {
        clock++;
        for (Entry entry : notDurable) {
            entry.well = entry.durable;
            entry.ended = Math.min(entry.ended, clock);
        }
        notDurable.clear();
    }

    /** A read has ended well: each sector's content must be one that it can have had. */
    synchronized void checkRead(long sector, ByteBuffer content, long begun, String when) {
        for (int i = 0; i < content.remaining() >> Bio.SECTOR_SHIFT; i++) {
            List<Entry> entries = sectors.get((int) sector + i);
            long found = SectorStamp.identify(content, i << Bio.SECTOR_SHIFT, sector + i);
            if (entries.stream().noneMatch(entry -> entry.write == found && !isPast(entry, entries, begun))) {
                throw unexpected(sector + i, found, entries, when + " (a read begun at " + begun + ")");
            }
            if (entries.size() > 1 && entries.stream().allMatch(entry -> entry.ended < begun)) {
                observe(found, sector + i, begun, entries);
            }
        }
    }

    private void observe(long found, long sector, long begun, List<Entry> entries) {
        Entry last = entries.get(entries.size() - 1);
        if (last.write != found || !last.well) {
            Entry seen = new Entry(found, sector, 1, begun);
            seen.ended = ++clock;
            seen.well = true;
            entries.add(seen);
            notDurable.add(seen);
        }
    }

    private static boolean isPast(Entry entry, List<Entry> entries, long begun) {
        return entries.stream().anyMatch(later -> later.well && later.ended < begun && later.begun > entry.ended);
    }

    private static boolean isPastForGood(Entry entry, List<Entry> entries) {
        return entries.stream().anyMatch(later -> later.durable && later.begun > entry.ended);
    }

    /** After a power cut: each sector's content must be one that the cut can have left. */
    synchronized void checkAfterCut(long sector, ByteBuffer content, String when) {
        for (int i = 0; i < content.remaining() >> Bio.SECTOR_SHIFT; i++) {
            List<Entry> entries = sectors.get((int) sector + i);
            long found = SectorStamp.identify(content, i << Bio.SECTOR_SHIFT, sector + i);
            if (entries.stream().noneMatch(entry -> entry.write == found && !isPastForGood(entry, entries))) {
                throw unexpected(sector + i, found, entries, when);
            }
        }
    }

    /** As {@link #checkAfterCut}, after which nothing but what was found there will do. */
    synchronized void settleAfterCut(long sector, ByteBuffer content, String when) {
        checkAfterCut(sector, content, when);
        for (int i = 0; i < content.remaining() >> Bio.SECTOR_SHIFT; i++) {
            long found = SectorStamp.identify(content, i << Bio.SECTOR_SHIFT, sector + i);
            List<Entry> entries = sectors.get((int) sector + i);
            notDurable.removeAll(entries);
            entries.clear();
            entries.add(settled(found, sector + i));
        }
    }

    /** Forgets what can no longer be found, while no bio is under way: keeps long histories short. */
    synchronized void forgetThePast() {
        for (List<Entry> entries : sectors) {
            entries.removeIf(entry -> isPastForGood(entry, entries));
        }
    }

    /** What is known of a sector, for messages. */
    synchronized String describe(long sector) {
        return "history: " + sectors.get((int) sector);
    }

    private static AssertionError unexpected(long sector, long found, List<Entry> entries, String when) {
        return new AssertionError("sector " + sector + ", " + when + ": found "
                + (found == SectorStamp.UNKNOWN ? "what nobody wrote there" : found == 0 ? "zeroes" : "write " + found)
                + "; history: " + entries);
    }
}
