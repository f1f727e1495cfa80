package io.devicemapper.persistent;

/**
 * A persistent B-tree of u64 keys and u64 values, in blocks of a {@link MetadataStore}. Keys are unsigned: -1 is the largest.
 *
 * <p>One thread at a time may use it, the one that changes the store, but for its {@link #reader readers} and committed cursors. Changes
 * become visible to those, and durable, with {@link MetadataStore#commit}; {@link MetadataStore#abort} takes them back, here as well.
 */
public final class LongBTree {
    static final NodeLayout LAYOUT = NodeLayout.of(Long.BYTES);

    private final Tree tree;
    private final TreeUpdate update;

    LongBTree(Tree tree) {
        this.tree = tree;
        this.update = new TreeUpdate(tree);
    }

    /** The number of the root's block: what a superblock, or another tree, refers to this tree by. Changes with the tree. */
    public long root() {
        return tree.root().number;
    }

    /** The value of a key, or {@code absent}. Does not allocate. */
    public long get(long key, long absent) throws MetadataException {
        return tree.find(tree.root(), false, key, absent);
    }

    /** Whether there is an entry for a key. */
    public boolean containsKey(long key) throws MetadataException {
        byte[] leaf = tree.leaf(key);
        int index = leaf == null ? -1 : NodeLayout.floorIndex(leaf, key);
        return index >= 0 && NodeLayout.key(leaf, index) == key;
    }

    static long valueIn(byte[] leaf, long key, long absent) {
        if (leaf == null) {
            return absent;
        }
        int index = NodeLayout.floorIndex(leaf, key);
        return index >= 0 && NodeLayout.key(leaf, index) == key
                ? LittleEndian.getLong(leaf, LAYOUT.valueOffset(index))
                : absent;
    }

    /**
     * Stores a value.
     *
     * @return true if there was no entry for the key
     * @throws MetadataException if no block is free, or what is needed could not be read: the transaction has to be aborted
     */
    public boolean put(long key, long value) throws MetadataException {
        int at = update.prepare(key);
        boolean fresh = at < 0;
        LittleEndian.putLong(update.leaf(), fresh ? ~at : at, value);
        return fresh;
    }

    /**
     * Removes an entry.
     *
     * @return whether there was one
     * @throws MetadataException as for {@link #put}
     */
    public boolean remove(long key) throws MetadataException {
        return update.remove(key);
    }

    Tree tree() {
        return tree;
    }

    /** A cursor of the tree as it is, which stands nowhere yet. */
    public LongCursor cursor() {
        return new LongCursor(tree, null);
    }

    /** A cursor of the tree as it was committed last; for any thread. Close it. */
    public LongCursor committedCursor() {
        return new LongCursor(tree, ((TransactionManager) tree.store).pin(tree));
    }

    /** Looks up in what was committed last. For any number of threads, while the writer goes on. */
    public Reader reader() {
        ((TransactionManager) tree.store).expectReaders();
        return new Reader(tree);
    }

    /**
     * A second tree with the same entries, which from now on changes on its own. Costs one reference count, whatever the size; shared nodes
     * are copied when either tree changes them.
     */
    public LongBTree snapshot() throws MetadataException {
        return new LongBTree(Snapshots.snapshot(tree));
    }

    /** Gives up this tree and frees what no snapshot shares. O(n); the object is of no use afterwards. */
    public void delete() throws MetadataException {
        Snapshots.delete(tree);
    }

    /** Builds a tree, in full nodes, from entries that come in ascending order. Nothing is written before the next commit. */
    public static final class Builder {
        private final BulkLoader loader;

        Builder(NodeStore store) {
            this.loader = new BulkLoader(store, LAYOUT);
        }

        /**
         * One more entry.
         *
         * @throws IllegalArgumentException if the key is not above the one before
         * @throws MetadataException as for {@link LongBTree#put}
         */
        public void add(long key, long value) throws MetadataException {
            int at = loader.add(key);
            LittleEndian.putLong(loader.leaf(), at, value);
        }

        /** The tree of all entries added. Ends the builder. */
        public LongBTree build() throws MetadataException {
            return new LongBTree(loader.build(null).registered(false, 0));
        }
    }

    /**
     * Look-ups in a tree's last committed state. Each sees one state whole; a later one may see a later state. Without a lock and without
     * allocation where the nodes are in memory; what is not is read from the device, on the calling thread.
     */
    public static final class Reader {
        private final Tree tree;

        Reader(Tree tree) {
            this.tree = tree;
        }

        /** The value of a key, or {@code absent}. */
        public long get(long key, long absent) throws MetadataException {
            return tree.find(null, true, key, absent);
        }
    }
}
