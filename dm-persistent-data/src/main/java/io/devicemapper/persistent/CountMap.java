package io.devicemapper.persistent;

import java.util.Arrays;

/**
 * Reference counts of blocks, as they were committed and as they are now: two bits each, and what is 3 or more elsewhere. Gives out blocks
 * that are free in both, in runs: first all of one run of neighbours, then the next one found going round the device, so that what is
 * allocated together lies together.
 *
 * <p>For one thread at a time.
 */
abstract class CountMap {
    /** Counts in one bitmap block. */
    static final int COUNTS_PER_BITMAP = 16320;

    /** A count of two bits that means "look it up elsewhere". */
    static final int BIG = 3;

    /** Any content is a bitmap or an index: the space map's own numbers say what is wrong. */
    static final BlockCheck ANY_CONTENT = bytes -> null;

    private static final int HEADER_BYTES = 16;
    private static final int COUNTS_PER_WORD = 32;
    private static final long LOW_BITS = 0x5555_5555_5555_5555L;

    /** Shorter runs are passed over while there are such long ones. */
    private static final long WANTED_RUN = 64;

    /** Longer runs are taken in parts, so that one look for a run ends soon. */
    private static final long LONGEST_RUN = 1024;

    /** One bitmap block. */
    static final class Page {
        /** Where the block is, 0 if it has no place yet. */
        long committedLocation;

        long location;
        byte[] committed;

        /** The same array as {@link #committed} until the first change. */
        byte[] current;

        /** Whether a count changed since the bitmap was last put into its block. */
        boolean unsaved;

        /** Counts of 1 stand for blocks that are free and yet not to be given out; null if there are none. */
        byte[] held;

        boolean isChanged() {
            return current != committed;
        }
    }

    private Page[] pages = new Page[0];
    private long blocks;
    private long allocated;
    private long committedAllocated;
    private long committedBlocks;
    private long next;
    private long end;
    private long shortestRun = WANTED_RUN;

    /** Reads the bitmap of a page that was not needed so far. */
    abstract Page load(int page) throws MetadataException;

    /** The count of a block whose two bits say {@link #BIG}. */
    abstract int bigCount(long block) throws MetadataException;

    /** Stores a count of at least {@link #BIG}, or forgets one: 0. */
    abstract void setBigCount(long block, int count);

    /** The error for a count that cannot be right. */
    abstract MetadataException corrupt(long block, String what);

    /** The error for when no block is free. */
    abstract MetadataException full(long blocks);

    /** Begins with no counts known but their sum. */
    final void reset(long newBlocks, long newAllocated) {
        blocks = newBlocks;
        allocated = newAllocated;
        committedAllocated = newAllocated;
        committedBlocks = newBlocks;
        pages = new Page[pagesOf(newBlocks)];
        next = 0;
        end = 0;
    }

    /** Adds free blocks at the end. */
    final void grow(long newBlocks) throws MetadataException {
        int before = pages.length;
        for (long block = blocks; block < Math.min(newBlocks, (long) before * COUNTS_PER_BITMAP); block++) {
            Page page = page(pageOf(block));
            if (bits(page.current, indexOf(block)) != 0) {
                throw corrupt(block, "has a reference count, although it was behind the last block");
            }
        }
        blocks = newBlocks;
        pages = Arrays.copyOf(pages, pagesOf(newBlocks));
        for (int i = before; i < pages.length; i++) {
            pages[i] = emptyPage();
        }
    }

    /** A page of free blocks that has no place yet. */
    static Page emptyPage() {
        Page page = new Page();
        page.committed = new byte[BlockType.BLOCK_BYTES];
        page.current = page.committed.clone();
        page.unsaved = true;
        return page;
    }

    static int pagesOf(long blocks) {
        return Math.toIntExact((blocks + COUNTS_PER_BITMAP - 1) / COUNTS_PER_BITMAP);
    }

    final int pages() {
        return pages.length;
    }

    /** The page, or null if it was not needed so far. */
    final Page loadedPage(int index) {
        return pages[index];
    }

    final void adopt(int index, Page page) {
        pages[index] = page;
    }

    final void setAllocated(long count) {
        allocated = count;
        committedAllocated = count;
    }

    final Page page(int index) throws MetadataException {
        Page page = pages[index];
        if (page == null) {
            page = load(index);
            pages[index] = page;
        }
        return page;
    }

    final long blocks() {
        return blocks;
    }

    final long allocated() {
        return allocated;
    }

    final long count(long block) throws MetadataException {
        int bits = bits(page(pageOf(block)).current, indexOf(block));
        return bits < BIG ? bits : bigCount(block);
    }

    /** Whether the block had a count in the last commit. */
    final boolean wasAllocated(long block) throws MetadataException {
        return bits(page(pageOf(block)).committed, indexOf(block)) != 0;
    }

    final void increment(long block) throws MetadataException {
        long count = count(block);
        if (count == 0) {
            throw corrupt(block, "is referred to, but its reference count is 0");
        }
        setCount(block, count, count + 1);
    }

    final long decrement(long block) throws MetadataException {
        long count = count(block);
        if (count == 0) {
            throw corrupt(block, "is given up, but its reference count is 0 already");
        }
        setCount(block, count, count - 1);
        return count - 1;
    }

    private void setCount(long block, long before, long after) throws MetadataException {
        Page page = page(pageOf(block));
        if (!page.isChanged()) {
            page.current = page.committed.clone();
        }
        page.unsaved = true;
        setBits(page.current, indexOf(block), (int) Math.min(after, BIG));
        if (after >= BIG || before >= BIG) {
            setBigCount(block, after >= BIG ? Math.toIntExact(after) : 0);
        }
        if (before == 0) {
            allocated++;
        } else if (after == 0) {
            allocated--;
        }
    }

    /** A block that was free, with a count of 1. */
    final long allocate() throws MetadataException {
        if (next == end && !findRun()) {
            throw full(blocks);
        }
        long block = next++;
        setCount(block, 0, 1);
        return block;
    }

    /** Called before each look for a run: what needs no holding any more is let go here. */
    void beforeSearch() throws MetadataException {
        // By default nothing is held.
    }

    private boolean findRun() throws MetadataException {
        beforeSearch();
        long from = end >= blocks ? 0 : end;
        long bestStart = 0;
        long bestLength = 0;
        for (int round = 0; round < 2; round++) {
            long at = round == 0 ? from : 0;
            long limit = round == 0 ? blocks : from;
            while (true) {
                long start = nextFree(at, limit);
                if (start == limit) {
                    break;
                }
                at = endOfRun(start, Math.min(limit, start + LONGEST_RUN));
                if (at - start >= shortestRun) {
                    next = start;
                    end = at;
                    return true;
                }
                if (at - start > bestLength) {
                    bestStart = start;
                    bestLength = at - start;
                }
            }
        }
        next = bestStart;
        end = bestStart + bestLength;
        shortestRun = Math.max(1, bestLength / 2);
        return bestLength > 0;
    }

    private long nextFree(long from, long limit) throws MetadataException {
        long at = from;
        while (at < limit) {
            int index = indexOf(at);
            long free = freeIn(page(pageOf(at)), index / COUNTS_PER_WORD) >>> (index % COUNTS_PER_WORD * 2);
            if (free != 0) {
                return Math.min(limit, at + Long.numberOfTrailingZeros(free) / 2);
            }
            at += COUNTS_PER_WORD - index % COUNTS_PER_WORD;
        }
        return limit;
    }

    private long endOfRun(long from, long limit) throws MetadataException {
        long at = from;
        while (at < limit) {
            int index = indexOf(at);
            long used =
                    (~freeIn(page(pageOf(at)), index / COUNTS_PER_WORD) & LOW_BITS) >>> (index % COUNTS_PER_WORD * 2);
            if (used != 0) {
                return Math.min(limit, at + Long.numberOfTrailingZeros(used) / 2);
            }
            at += COUNTS_PER_WORD - index % COUNTS_PER_WORD;
        }
        return limit;
    }

    /** For each of 32 counts a bit, at the count's lower place, that says whether its block may be given out. */
    private static long freeIn(Page page, int word) {
        int offset = HEADER_BYTES + word * Long.BYTES;
        long inUse = LittleEndian.getLong(page.current, offset) | LittleEndian.getLong(page.committed, offset);
        if (page.held != null) {
            inUse |= LittleEndian.getLong(page.held, offset);
        }
        return ~(inUse | (inUse >>> 1)) & LOW_BITS;
    }

    /** How many counts of a page are 0, now. The last page has fewer counts than a full one. */
    final int freeCounts(int index) throws MetadataException {
        byte[] bitmap = page(index).current;
        int used = 0;
        for (int offset = HEADER_BYTES; offset < BlockType.BLOCK_BYTES; offset += Long.BYTES) {
            long word = LittleEndian.getLong(bitmap, offset);
            used += Long.bitCount((word | (word >>> 1)) & LOW_BITS);
        }
        return countsOf(index) - used;
    }

    final int countsOf(int page) {
        return (int) Math.min(COUNTS_PER_BITMAP, blocks - (long) page * COUNTS_PER_BITMAP);
    }

    /** What is now is committed. */
    final void committedNow() {
        for (Page page : pages) {
            if (page != null) {
                page.committed = page.current;
                page.committedLocation = page.location;
            }
        }
        committedAllocated = allocated;
        committedBlocks = blocks;
        shortestRun = WANTED_RUN;
    }

    /** What was committed is again. */
    final void abortToCommitted() {
        if (blocks != committedBlocks) {
            blocks = committedBlocks;
            pages = Arrays.copyOf(pages, pagesOf(blocks));
            next = 0;
            end = 0;
        }
        for (Page page : pages) {
            if (page != null) {
                page.current = page.committed;
                page.location = page.committedLocation;
                page.unsaved = false;
            }
        }
        allocated = committedAllocated;
        shortestRun = WANTED_RUN;
    }

    /** Keeps a free block from being given out, or lets it go. */
    final void hold(long block, boolean held) throws MetadataException {
        Page page = page(pageOf(block));
        if (page.held == null) {
            page.held = new byte[BlockType.BLOCK_BYTES];
        }
        setBits(page.held, indexOf(block), held ? 1 : 0);
    }

    static int bits(byte[] bitmap, int index) {
        int shift = index % 4 * 2;
        int pair = bitmap[HEADER_BYTES + index / 4] >>> shift;
        return ((pair & 1) << 1) | ((pair >>> 1) & 1);
    }

    private static void setBits(byte[] bitmap, int index, int count) {
        int shift = index % 4 * 2;
        int pair = ((count & 1) << 1) | (count >>> 1);
        int at = HEADER_BYTES + index / 4;
        bitmap[at] = (byte) ((bitmap[at] & ~(3 << shift)) | (pair << shift));
    }

    static int pageOf(long block) {
        return (int) (block / COUNTS_PER_BITMAP);
    }

    static int indexOf(long block) {
        return (int) (block % COUNTS_PER_BITMAP);
    }
}
