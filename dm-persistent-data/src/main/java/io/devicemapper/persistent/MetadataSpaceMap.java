package io.devicemapper.persistent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The reference counts of the metadata blocks themselves, stored in such blocks.
 *
 * <p>All bitmaps are in memory, at most 255 of them; changed ones get a new place once in a transaction, at its end. Giving them one changes
 * counts again, and so it goes on until every bitmap that changed has one: at the latest when all have.
 */
final class MetadataSpaceMap extends CountMap {
    /** The most bitmaps that an index block has room for. */
    static final int MAX_BITMAPS = 255;

    /** The most blocks of a metadata device that can be used. */
    static final long MAX_BLOCKS = (long) MAX_BITMAPS * COUNTS_PER_BITMAP;

    private static final int INDEX_ENTRIES = 16;
    private static final int INDEX_ENTRY_BYTES = 16;

    private final BlockIo io;
    private final BigCounts bigCounts;
    private long committedIndex;
    private long index;

    /** Blocks that became free in a commit which readers may not have noticed yet, the oldest first. */
    private final Deque<Held> held = new ArrayDeque<>();

    private static final class Held {
        final long generation;
        final long[] blocks;

        Held(long generation, long[] blocks) {
            this.generation = generation;
            this.blocks = blocks;
        }
    }

    /** The oldest generation that somebody reads. */
    private final LongSupplier oldestRead;

    MetadataSpaceMap(BlockIo io, NodeStore store, LongSupplier oldestRead) {
        this.io = io;
        this.oldestRead = oldestRead;
        this.bigCounts = new BigCounts(store);
    }

    /** Makes the map of a device where only block 0 is in use. */
    void create(long newBlocks) throws MetadataException {
        reset(0, 0);
        grow(newBlocks);
        long superblock = allocate();
        if (superblock != 0) {
            throw new AssertionError("the superblock's place is " + superblock);
        }
        bigCounts.create();
    }

    /** Reads index and bitmaps. */
    void open(SpaceMapRoot root) throws MetadataException {
        if (root.blocks() < 1 || root.blocks() > MAX_BLOCKS || root.blocks() > io.deviceBlocks()) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    io.name() + ": the space map is of " + Long.toUnsignedString(root.blocks())
                            + " blocks, the device has " + io.deviceBlocks() + ", and " + MAX_BLOCKS
                            + " are the most that can be used");
        }
        reset(root.blocks(), 0);
        checkNumber(root.bitmapRoot(), "index");
        byte[] indexBytes = io.read(root.bitmapRoot(), BlockType.INDEX, ANY_CONTENT);
        index = root.bitmapRoot();
        committedIndex = index;
        for (int i = 0; i < pages(); i++) {
            Page page = new Page();
            page.location = LittleEndian.getLong(indexBytes, INDEX_ENTRIES + i * INDEX_ENTRY_BYTES);
            checkNumber(page.location, "bitmap " + i);
            page.committedLocation = page.location;
            page.committed = io.read(page.location, BlockType.BITMAP, ANY_CONTENT);
            page.current = page.committed;
            adopt(i, page);
        }
        long used = 0;
        for (int i = 0; i < pages(); i++) {
            used += countsOf(i) - freeCounts(i);
        }
        setAllocated(used);
        bigCounts.open(root.refCountRoot());
    }

    private void checkNumber(long number, String what) throws MetadataException {
        if (number <= 0 || number >= blocks()) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    io.name() + ": the space map's " + what + " is said to be block " + Long.toUnsignedString(number)
                            + ", where there are blocks 1 to " + (blocks() - 1));
        }
    }

    @Override
    Page load(int page) {
        throw new AssertionError("bitmap " + page + " is not in memory");
    }

    @Override
    int bigCount(long block) throws MetadataException {
        int count = bigCounts.get(block);
        if (count < BIG) {
            throw corrupt(block, "should have a count of 3 or more, but the counts say " + count);
        }
        return count;
    }

    @Override
    void setBigCount(long block, int count) {
        bigCounts.set(block, count);
    }

    @Override
    MetadataException corrupt(long block, String what) {
        return new MetadataException(MetadataException.Reason.CORRUPT, io.name() + ": block " + block + " " + what);
    }

    @Override
    MetadataException full(long blocks) {
        return new MetadataException(
                MetadataException.Reason.NO_SPACE,
                io.name() + ": no metadata block is free: " + allocated() + " of " + blocks
                        + " are in use, others were until the last commit or are being read");
    }

    /** Gives all that changed its place. Returns the blocks that have to be written. */
    List<Block> save() throws MetadataException {
        boolean moved;
        do {
            moved = !bigCounts.isSaved();
            bigCounts.save();
            for (int i = 0; i < pages(); i++) {
                Page page = page(i);
                if (page.isChanged() && page.location == page.committedLocation) {
                    page.location = move(page.location);
                    moved = true;
                }
            }
            if (index == committedIndex) {
                index = move(index);
                moved = true;
            }
        } while (moved);
        return images();
    }

    private long move(long oldLocation) throws MetadataException {
        long location = allocate();
        if (oldLocation != 0) {
            decrement(oldLocation);
        }
        return location;
    }

    private List<Block> images() throws MetadataException {
        List<Block> images = new ArrayList<>();
        byte[] indexBytes = new byte[BlockType.BLOCK_BYTES];
        for (int i = 0; i < pages(); i++) {
            Page page = page(i);
            if (page.isChanged()) {
                images.add(image(page.location, BlockType.BITMAP, page.current));
            }
            LittleEndian.putLong(indexBytes, INDEX_ENTRIES + i * INDEX_ENTRY_BYTES, page.location);
            LittleEndian.putInt(indexBytes, INDEX_ENTRIES + i * INDEX_ENTRY_BYTES + 8, freeCounts(i));
        }
        images.add(image(index, BlockType.INDEX, indexBytes));
        return images;
    }

    private static Block image(long number, BlockType type, byte[] bytes) {
        Block block = new Block(number, type);
        block.publish(bytes);
        return block;
    }

    /** What the superblock has to say, after {@link #save}. */
    SpaceMapRoot root() {
        return new SpaceMapRoot(blocks(), allocated(), index, bigCounts.root());
    }

    void committed() {
        committedNow();
        committedIndex = index;
        bigCounts.committed();
    }

    void abort() {
        abortToCommitted();
        index = committedIndex;
        bigCounts.abort();
    }

    /** Keeps blocks that the last commit freed for readers of generations up to the given one. */
    void hold(long generation, long[] freed) throws MetadataException {
        for (long block : freed) {
            hold(block, true);
        }
        held.addLast(new Held(generation, freed));
    }

    @Override
    void beforeSearch() throws MetadataException {
        while (!held.isEmpty() && held.peekFirst().generation < oldestRead.getAsLong()) {
            for (long block : held.removeFirst().blocks) {
                hold(block, false);
            }
        }
    }
}
