package io.devicemapper.persistent;

/**
 * The reference counts of the blocks of another device, stored in a metadata store: what dm-thin knows of its data. Two bits for each block
 * in bitmaps that a B-tree leads to, counts of 3 and more in another tree. Bitmaps are read when they are needed.
 *
 * <p>A block that is free is not given out before the commit after the one that freed it: until then a crash could bring back whoever used
 * it. Threads, commits and aborts are as in {@link LongBTree}; before each commit after a change, {@link #store} is due.
 */
public final class DataSpaceMap {
    static final NodeLayout INDEX_LAYOUT = NodeLayout.of(16);

    /** The most blocks: 4 EiB of data in blocks of 64 KiB. The list of their bitmaps takes 16 to 32 MiB. */
    private static final long MAX_BLOCKS = 1L << 36;

    private final TransactionManager transactions;
    private final BigCounts bigCounts;
    private final Tree index;
    private final TreeUpdate indexUpdate;
    private final Counts counts;
    private boolean changed;

    private DataSpaceMap(TransactionManager transactions, BigCounts bigCounts, Tree index) {
        this.transactions = transactions;
        this.bigCounts = bigCounts;
        this.index = index;
        this.indexUpdate = new TreeUpdate(index);
        this.counts = new Counts();
        transactions.register(this);
    }

    static DataSpaceMap create(TransactionManager transactions, long blocks) throws MetadataException {
        if (blocks < 1 || blocks > MAX_BLOCKS) {
            throw new IllegalArgumentException("a space map of " + blocks + " blocks: 1 to " + MAX_BLOCKS);
        }
        BigCounts bigCounts = new BigCounts(transactions);
        bigCounts.create();
        Tree index = Tree.create(transactions, INDEX_LAYOUT, null).registered(false, 0);
        DataSpaceMap map = new DataSpaceMap(transactions, bigCounts, index);
        map.counts.reset(0, 0);
        map.counts.grow(blocks);
        map.changed = true;
        return map;
    }

    static DataSpaceMap open(TransactionManager transactions, SpaceMapRoot root) throws MetadataException {
        if (root.blocks() < 1 || root.blocks() > MAX_BLOCKS) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    transactions.io.name() + ": a space map of " + Long.toUnsignedString(root.blocks())
                            + " data blocks");
        }
        BigCounts bigCounts = new BigCounts(transactions);
        bigCounts.open(root.refCountRoot());
        Tree index = Tree.open(transactions, INDEX_LAYOUT, null, root.bitmapRoot())
                .registered(true, transactions.cache.generation());
        DataSpaceMap map = new DataSpaceMap(transactions, bigCounts, index);
        map.counts.reset(root.blocks(), root.allocated());
        return map;
    }

    /** How many blocks it counts. */
    public long blocks() {
        return counts.blocks();
    }

    /** How many of them have references, uncommitted changes included. */
    public long usedBlocks() {
        return counts.allocated();
    }

    /** How many references a block has. */
    public long count(long block) throws MetadataException {
        checkBlock(block);
        return counts.count(block);
    }

    /**
     * A block that is free, with one reference from now on.
     *
     * @throws MetadataException with reason NO_SPACE if there is none; the transaction goes on
     */
    public long allocate() throws MetadataException {
        transactions.beginChange();
        changed = true;
        return counts.allocate();
    }

    /**
     * One more reference to a block in use.
     *
     * @throws MetadataException if it is free
     */
    public void increment(long block) throws MetadataException {
        checkBlock(block);
        transactions.beginChange();
        changed = true;
        counts.increment(block);
    }

    /**
     * One reference less. Returns how many are left.
     *
     * @throws MetadataException if it is free
     */
    public long decrement(long block) throws MetadataException {
        checkBlock(block);
        transactions.beginChange();
        changed = true;
        return counts.decrement(block);
    }

    private void checkBlock(long block) {
        if (block < 0 || block >= counts.blocks()) {
            throw new IndexOutOfBoundsException("data block " + block + " of " + counts.blocks());
        }
    }

    /**
     * Puts what changed into blocks, and the root into a superblock: 32 bytes from {@code offset} on.
     *
     * @throws MetadataException as for {@link LongBTree#put}
     */
    public void store(byte[] superblock, int offset) throws MetadataException {
        transactions.beginChange();
        try {
            bigCounts.save();
            for (int i = 0; i < counts.pages(); i++) {
                CountMap.Page page = counts.loadedPage(i);
                if (page != null && page.unsaved) {
                    save(i, page);
                }
            }
        } catch (MetadataException | RuntimeException e) {
            transactions.changeFailed();
            throw e;
        }
        changed = false;
        new SpaceMapRoot(counts.blocks(), counts.allocated(), index.root().number, bigCounts.root())
                .write(superblock, offset);
    }

    private void save(int pageIndex, CountMap.Page page) throws MetadataException {
        Block block = page.location == 0
                ? transactions.create(BlockType.BITMAP, CountMap.ANY_CONTENT, new byte[BlockType.BLOCK_BYTES], null)
                : transactions.shadow(
                        transactions.block(page.location, BlockType.BITMAP), CountMap.ANY_CONTENT, bytes -> {});
        System.arraycopy(page.current, 0, block.bytes(), 0, BlockType.BLOCK_BYTES);
        page.location = block.number;
        int at = indexUpdate.prepare(pageIndex);
        int offset = at < 0 ? ~at : at;
        LittleEndian.putLong(indexUpdate.leaf(), offset, block.number);
        LittleEndian.putInt(indexUpdate.leaf(), offset + 8, counts.freeCounts(pageIndex));
        LittleEndian.putInt(indexUpdate.leaf(), offset + 12, 0);
        page.unsaved = false;
    }

    /** Refuses a commit that would leave changes behind. */
    void requireSaved() {
        if (changed) {
            throw new IllegalStateException("a data space map was changed, and not stored before the commit");
        }
    }

    void committed() {
        counts.committedNow();
        bigCounts.committed();
    }

    void abort() {
        changed = false;
        counts.abortToCommitted();
        bigCounts.abort();
    }

    /** The counts of data blocks. */
    private final class Counts extends CountMap {
        @Override
        Page load(int pageIndex) throws MetadataException {
            byte[] leaf = index.leaf(pageIndex);
            int at = leaf == null ? -1 : NodeLayout.floorIndex(leaf, pageIndex);
            if (at < 0 || NodeLayout.key(leaf, at) != pageIndex) {
                throw transactions.corrupt(
                        index.root(), "does not lead to bitmap " + pageIndex + " of the data blocks");
            }
            Page page = new Page();
            page.location = LittleEndian.getLong(leaf, INDEX_LAYOUT.valueOffset(at));
            page.committedLocation = page.location;
            page.committed = transactions
                    .load(
                            transactions.block(page.location, BlockType.BITMAP),
                            CountMap.ANY_CONTENT,
                            BlockCache.ANY_GENERATION)
                    .clone();
            page.current = page.committed;
            return page;
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
            return new MetadataException(
                    MetadataException.Reason.CORRUPT, transactions.io.name() + ": data block " + block + " " + what);
        }

        @Override
        MetadataException full(long blocks) {
            return new MetadataException(
                    MetadataException.Reason.NO_SPACE,
                    transactions.io.name() + ": no data block is free: " + allocated() + " of " + blocks
                            + " are in use, others were until the last commit");
        }
    }
}
