package io.devicemapper.persistent;

import java.util.Objects;

/**
 * A persistent B-tree of u64 keys and values of one size, in blocks of a {@link MetadataStore}. Keys are unsigned: -1 is the largest. For u64
 * values {@link LongBTree} does the same without boxing.
 *
 * <p>Threads, commits and aborts are as in {@link LongBTree}.
 *
 * @param <V> the values
 */
public final class BTree<V> {
    private final Tree tree;
    private final TreeUpdate update;
    private final ValueCodec<V> codec;

    BTree(Tree tree, ValueCodec<V> codec) {
        this.tree = tree;
        this.update = new TreeUpdate(tree);
        this.codec = codec;
    }

    /** The number of the root's block. Changes with the tree. */
    public long root() {
        return tree.root().number;
    }

    /** The value of a key, or null if there is none. */
    public V get(long key) throws MetadataException {
        return valueIn(tree.leaf(key), key);
    }

    private V valueIn(byte[] leaf, long key) {
        int index = leaf == null ? -1 : NodeLayout.floorIndex(leaf, key);
        return index >= 0 && NodeLayout.key(leaf, index) == key
                ? codec.decode(leaf, tree.layout.valueOffset(index))
                : null;
    }

    /**
     * Stores a value.
     *
     * @return true if there was no entry for the key
     * @throws MetadataException if no block is free, or what is needed could not be read: the transaction has to be aborted
     */
    public boolean put(long key, V value) throws MetadataException {
        // Encoded apart, so that a codec that throws leaves no entry without a value.
        byte[] encoded = new byte[codec.bytes()];
        codec.encode(Objects.requireNonNull(value, "value"), encoded, 0);
        int at = update.prepare(key);
        System.arraycopy(encoded, 0, update.leaf(), at < 0 ? ~at : at, encoded.length);
        return at < 0;
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

    /** A cursor of the tree as it is, which stands nowhere yet. */
    public ValueCursor<V> cursor() {
        return new ValueCursor<>(tree, null, codec);
    }

    /** A cursor of the tree as it was committed last; for any thread. Close it. */
    public ValueCursor<V> committedCursor() {
        return new ValueCursor<>(tree, ((TransactionManager) tree.store).pin(tree), codec);
    }

    /** A second tree with the same entries: see {@link LongBTree#snapshot}. */
    public BTree<V> snapshot() throws MetadataException {
        return new BTree<>(Snapshots.snapshot(tree), codec);
    }

    /** Gives up this tree and frees what no snapshot shares. O(n); the object is of no use afterwards. */
    public void delete() throws MetadataException {
        Snapshots.delete(tree);
    }

    /**
     * Builds a tree, in full nodes, from entries that come in ascending order. Nothing is written before the next commit.
     *
     * @param <V> the values
     */
    public static final class Builder<V> {
        private final BulkLoader loader;
        private final ValueCodec<V> codec;

        Builder(NodeStore store, ValueCodec<V> codec) {
            this.loader = new BulkLoader(store, NodeLayout.of(codec.bytes()));
            this.codec = codec;
        }

        /**
         * One more entry.
         *
         * @throws IllegalArgumentException if the key is not above the one before
         * @throws MetadataException as for {@link BTree#put}
         */
        public void add(long key, V value) throws MetadataException {
            int at = loader.add(key);
            codec.encode(value, loader.leaf(), at);
        }

        /** The tree of all entries added. Ends the builder. */
        public BTree<V> build() throws MetadataException {
            return new BTree<>(loader.build(null).registered(false, 0), codec);
        }
    }
}
