package io.devicemapper.persistent;

import java.util.Objects;

/**
 * A tree of trees: a first key leads to the root of a tree in which a second key leads to the value, as in dm-thin's mappings. The inner trees
 * belong to the outer one, and are shared and freed with it.
 *
 * <p>Threads, commits and aborts are as in {@link LongBTree}.
 *
 * @param <V> the values
 */
public final class NestedBTree<V> {
    private final TransactionManager store;
    private final ValueCodec<V> codec;
    private final NodeLayout innerLayout;
    private final Tree outer;
    private final TreeUpdate outerUpdate;

    private NestedBTree(TransactionManager store, ValueCodec<V> codec, Tree outer) {
        this.store = store;
        this.codec = codec;
        this.innerLayout = NodeLayout.of(codec.bytes());
        this.outer = outer;
        this.outerUpdate = new TreeUpdate(outer);
    }

    static <V> NestedBTree<V> create(TransactionManager store, ValueCodec<V> codec) throws MetadataException {
        Tree outer = Tree.create(store, LongBTree.LAYOUT, references(store, NodeLayout.of(codec.bytes())));
        return new NestedBTree<>(store, codec, outer.registered(false, 0));
    }

    static <V> NestedBTree<V> open(TransactionManager store, ValueCodec<V> codec, long root) throws MetadataException {
        Tree outer = Tree.open(store, LongBTree.LAYOUT, references(store, NodeLayout.of(codec.bytes())), root);
        return new NestedBTree<>(store, codec, outer.registered(true, store.cache.generation()));
    }

    private static ValueReferences references(NodeStore store, NodeLayout innerLayout) {
        return new ValueReferences() {
            @Override
            public void increment(byte[] leaf, int offset) throws MetadataException {
                store.increment(LittleEndian.getLong(leaf, offset));
            }

            @Override
            public void decrement(byte[] leaf, int offset) throws MetadataException {
                Tree.open(store, innerLayout, null, LittleEndian.getLong(leaf, offset))
                        .release(LittleEndian.getLong(leaf, offset));
            }
        };
    }

    /** The number of the outer root's block. Changes with the tree. */
    public long root() {
        return outer.root().number;
    }

    /** The root of the inner tree of a first key, or 0 if there is none. */
    public long innerRoot(long outerKey) throws MetadataException {
        return LongBTree.valueIn(outer.leaf(outerKey), outerKey, 0);
    }

    /** The value of two keys, or null if there is none. */
    public V get(long outerKey, long innerKey) throws MetadataException {
        long root = innerRoot(outerKey);
        return root == 0 ? null : inner(root).get(innerKey);
    }

    private BTree<V> inner(long root) throws MetadataException {
        return new BTree<>(Tree.open(store, innerLayout, null, root), codec);
    }

    /**
     * Stores a value, in a new inner tree if there is none for the first key.
     *
     * @return true if there was no entry for the two keys
     * @throws MetadataException as for {@link BTree#put}
     */
    public boolean put(long outerKey, long innerKey, V value) throws MetadataException {
        Objects.requireNonNull(value, "value");
        BTree<V> inner = innerToChange(outerKey);
        boolean fresh = inner.put(innerKey, value);
        setInnerRoot(outerKey, inner.root());
        return fresh;
    }

    /**
     * Removes an entry. An inner tree that becomes empty stays.
     *
     * @return whether there was one
     * @throws MetadataException as for {@link BTree#put}
     */
    public boolean remove(long outerKey, long innerKey) throws MetadataException {
        if (get(outerKey, innerKey) == null) {
            return false;
        }
        BTree<V> inner = innerToChange(outerKey);
        boolean removed = inner.remove(innerKey);
        setInnerRoot(outerKey, inner.root());
        return removed;
    }

    /**
     * Removes the inner tree of a first key, and frees what nobody shares. O(n) in what is freed.
     *
     * @return whether there was one
     */
    public boolean removeInner(long outerKey) throws MetadataException {
        return outerUpdate.remove(outerKey);
    }

    /**
     * Lets a first key lead to a snapshot of the inner tree of another one.
     *
     * @throws IllegalArgumentException if {@code from} has no inner tree, or {@code to} has one
     */
    public void snapshotInner(long from, long to) throws MetadataException {
        long root = innerRoot(from);
        if (root == 0 || innerRoot(to) != 0) {
            throw new IllegalArgumentException("snapshot of inner tree " + Long.toUnsignedString(from) + " as "
                    + Long.toUnsignedString(to) + ": the first must exist, the second must not");
        }
        store.beginChange();
        try {
            store.increment(root);
            store.beginEpoch();
            setInnerRoot(to, root);
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
    }

    /** The inner tree of a key, made if there is none, when the way to it was shadowed: what the way shares is counted by now. */
    private BTree<V> innerToChange(long outerKey) throws MetadataException {
        if (innerRoot(outerKey) == 0) {
            setInnerRoot(outerKey, Tree.create(store, innerLayout, null).root().number);
        }
        int at = outerUpdate.prepare(outerKey);
        return inner(LittleEndian.getLong(outerUpdate.leaf(), at));
    }

    private void setInnerRoot(long outerKey, long root) throws MetadataException {
        int at = outerUpdate.prepare(outerKey);
        LittleEndian.putLong(outerUpdate.leaf(), at < 0 ? ~at : at, root);
    }

    /** A second tree of trees with the same entries: see {@link LongBTree#snapshot}. */
    public NestedBTree<V> snapshot() throws MetadataException {
        return new NestedBTree<>(store, codec, Snapshots.snapshot(outer));
    }

    /** Gives up this tree, with its inner trees, and frees what nobody shares. O(n); the object is of no use afterwards. */
    public void delete() throws MetadataException {
        Snapshots.delete(outer);
    }
}
