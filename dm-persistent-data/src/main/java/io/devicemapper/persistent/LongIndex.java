package io.devicemapper.persistent;

/**
 * A B-tree of u64 keys and u64 values in memory, without a device: an index for look-ups on the way of a bio. Keys are unsigned.
 *
 * <p>One thread at a time changes it. Any number of threads look up, without a lock and without allocation, what was {@link #publish
 * published} last; each look-up sees one published state whole.
 */
public final class LongIndex {
    private final RamNodes nodes;
    private final Tree tree;
    private final TreeUpdate update;
    private volatile Block published;

    /** An index without entries. */
    public LongIndex() {
        this(new Builder());
    }

    private LongIndex(Builder builder) {
        nodes = builder.nodes;
        try {
            tree = builder.loader.build(null);
        } catch (MetadataException e) {
            throw inMemory(e);
        }
        update = new TreeUpdate(tree);
        publish();
    }

    /** Builds an index, in full nodes, from entries that come in ascending order: a fraction of the work of as many {@link #put puts}. */
    public static final class Builder {
        private final RamNodes nodes = new RamNodes();
        private final BulkLoader loader = new BulkLoader(nodes, LongBTree.LAYOUT);

        /** Nothing is in it yet. */
        public Builder() {}

        /**
         * One more entry.
         *
         * @throws IllegalArgumentException if the key is not above the one before
         */
        public void add(long key, long value) {
            try {
                int at = loader.add(key);
                LittleEndian.putLong(loader.leaf(), at, value);
            } catch (MetadataException e) {
                throw inMemory(e);
            }
        }

        /** The index of all entries added, published. Ends the builder. */
        public LongIndex build() {
            return new LongIndex(this);
        }
    }

    /** For readers: the published value of a key, or {@code absent}. */
    public long get(long key, long absent) {
        return find(published, key, absent);
    }

    /** For the writer: the value of a key as it is now, published or not, or {@code absent}. */
    public long getUnpublished(long key, long absent) {
        return find(tree.root(), key, absent);
    }

    private long find(Block root, long key, long absent) {
        try {
            return tree.find(root, false, key, absent);
        } catch (MetadataException e) {
            throw inMemory(e);
        }
    }

    /** For the writer: stores a value. Returns true if there was no entry for the key. */
    public boolean put(long key, long value) {
        try {
            int at = update.prepare(key);
            LittleEndian.putLong(update.leaf(), at < 0 ? ~at : at, value);
            return at < 0;
        } catch (MetadataException e) {
            throw inMemory(e);
        }
    }

    /** For the writer: removes an entry. Returns whether there was one. */
    public boolean remove(long key) {
        try {
            return update.remove(key);
        } catch (MetadataException e) {
            throw inMemory(e);
        }
    }

    /**
     * For the writer: shows all changes so far to the readers. The first change of each leaf after that copies the leaf and the nodes above
     * it, 4 KiB each: publish several changes at once where that is possible.
     */
    public void publish() {
        published = tree.root();
        nodes.epoch++;
    }

    /** For the writer: a cursor of the index as it is now, which stands nowhere yet. */
    public LongCursor cursor() {
        return new LongCursor(tree, null);
    }

    private static AssertionError inMemory(MetadataException e) {
        return new AssertionError("no device is involved", e);
    }
}
