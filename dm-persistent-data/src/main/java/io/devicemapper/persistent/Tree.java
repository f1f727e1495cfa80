package io.devicemapper.persistent;

/**
 * A B-tree of u64 keys and values of one size: its root, and the way down. What changes it is in {@link TreeUpdate}.
 *
 * <p>Look-ups of what is in memory follow references from node to node. Where something is missing, {@link #fault} goes down the same
 * way with all checks, reads it, and the look-up begins anew.
 */
final class Tree implements NodeStore.Contents {
    /** Deeper trees are taken to be cyclic: a third of 252 entries in each node makes more than 2^64 entries in 11 levels. */
    static final int MAX_DEPTH = 16;

    /** A root that readers may use. */
    record Committed(Block root, long generation) {}

    final NodeStore store;
    final NodeLayout layout;
    final ValueReferences references;

    /** The writer's. Null once the tree was deleted, or an abort took back its making. */
    private Block root;

    /** Null until the tree was part of a commit. */
    private volatile Committed committed;

    /** Counts changes, so that a cursor knows that it is out of date. */
    int changes;

    private Tree(NodeStore store, NodeLayout layout, ValueReferences references, Block root) {
        this.store = store;
        this.layout = layout;
        this.references = references;
        this.root = root;
    }

    /** A tree without entries. */
    static Tree create(NodeStore store, NodeLayout layout, ValueReferences references) throws MetadataException {
        store.beginChange();
        byte[] leaf = new byte[BlockType.BLOCK_BYTES];
        layout.format(leaf, false);
        return new Tree(store, layout, references, store.create(BlockType.NODE, layout, leaf, null));
    }

    /** A tree whose nodes were made elsewhere. */
    static Tree built(NodeStore store, NodeLayout layout, ValueReferences references, Block root) {
        return new Tree(store, layout, references, root);
    }

    /** A tree that is there. Reads its root. */
    static Tree open(NodeStore store, NodeLayout layout, ValueReferences references, long root)
            throws MetadataException {
        Block block = store.block(root, BlockType.NODE);
        store.load(block, layout, BlockCache.ANY_GENERATION);
        return new Tree(store, layout, references, block);
    }

    /** Lets the root take part in commits and aborts. */
    Tree registered(boolean isCommitted, long generation) {
        if (isCommitted) {
            committed = new Committed(root, generation);
        }
        store.register(this);
        return this;
    }

    Block root() {
        if (root == null) {
            throw new IllegalStateException("this tree is gone: it was deleted, or an abort took back its making");
        }
        return root;
    }

    void setRoot(Block newRoot) {
        root = newRoot;
    }

    Committed committed() {
        Committed now = committed;
        if (now == null) {
            throw new IllegalStateException("this tree was not part of the last commit");
        }
        return now;
    }

    void commit(long generation) {
        committed = root == null ? null : new Committed(root, generation);
    }

    void abort() {
        changes++;
        root = committed == null ? null : committed.root();
    }

    /** The leaf whose range holds a key, in the writer's tree; null if the key is below the whole tree. */
    byte[] leaf(long key) throws MetadataException {
        while (true) {
            Block block = root();
            byte[] node = block.bytes();
            for (int depth = 0; node != null && depth < MAX_DEPTH; depth++) {
                if (NodeLayout.isLeaf(node)) {
                    if (!block.used) {
                        block.used = true;
                    }
                    return node;
                }
                int index = NodeLayout.floorIndex(node, key);
                if (index < 0) {
                    return null;
                }
                block = block.children[index];
                node = block == null ? null : block.bytes();
            }
            fault(root(), BlockCache.ANY_GENERATION, key);
        }
    }

    /**
     * The u64 value of a key, in a tree of such values. The same way as {@link #leaf}, with an eye on the keys left and
     * right of it, which tell where in the leaf to look.
     *
     * @param from where to begin
     * @param isCommitted whether to begin at the root that was committed last instead, and anew at the newest one each time that a
     *     generation turns out to be over
     */
    long find(Block from, boolean isCommitted, long key, long absent) throws MetadataException {
        while (true) {
            Committed newest = isCommitted ? committed() : null;
            Block top = newest == null ? from : newest.root();
            Block block = top;
            byte[] node = block.bytes();
            long low = 0;
            long high = -1;
            for (int depth = 0; node != null && depth < MAX_DEPTH; depth++) {
                if (NodeLayout.isLeaf(node)) {
                    if (!block.used) {
                        block.used = true;
                    }
                    int index = NodeLayout.floorIndex(node, key, low, high);
                    return index >= 0 && NodeLayout.key(node, index) == key
                            ? LittleEndian.getLong(node, layout.valueOffset(index))
                            : absent;
                }
                int index = NodeLayout.floorIndex(node, key);
                if (index < 0) {
                    return absent;
                }
                low = NodeLayout.key(node, index);
                if (index + 1 < NodeLayout.entries(node)) {
                    high = NodeLayout.key(node, index + 1);
                }
                block = block.children[index];
                node = block == null ? null : block.bytes();
            }
            fault(top, newest == null ? BlockCache.ANY_GENERATION : newest.generation(), key);
        }
    }

    /**
     * Brings the nodes from the root to the leaf of a key into memory, and checks each against what its parent says of it.
     *
     * @return false if the generation is over
     */
    boolean fault(Block from, long generation, long key) throws MetadataException {
        long low = 0;
        long high = -1;
        Block block = from;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            byte[] node = store.load(block, layout, generation);
            if (node == null) {
                return false;
            }
            checkRange(block, node, low, high, depth);
            if (NodeLayout.isLeaf(node)) {
                return true;
            }
            int index = Math.max(0, NodeLayout.floorIndex(node, key));
            low = NodeLayout.key(node, index);
            if (index + 1 < NodeLayout.entries(node)) {
                high = NodeLayout.key(node, index + 1) - 1;
            }
            Block child = block.children[index];
            if (child == null) {
                child = store.block(NodeLayout.childNumber(node, index), BlockType.NODE);
                block.children[index] = child;
            }
            block = child;
        }
        throw store.corrupt(block, "is deeper in its tree than " + MAX_DEPTH + " levels");
    }

    private void checkRange(Block block, byte[] node, long low, long high, int depth) throws MetadataException {
        int entries = NodeLayout.entries(node);
        if (entries == 0) {
            if (depth > 0) {
                throw store.corrupt(block, "no entries, and it is not the root");
            }
            return;
        }
        long first = NodeLayout.key(node, 0);
        long last = NodeLayout.key(node, entries - 1);
        if (Long.compareUnsigned(first, low) < 0 || Long.compareUnsigned(last, high) > 0) {
            throw store.corrupt(
                    block,
                    "keys " + Long.toUnsignedString(first) + " to " + Long.toUnsignedString(last)
                            + ", where its parent has " + Long.toUnsignedString(low) + " to "
                            + Long.toUnsignedString(high));
        }
    }

    @Override
    public void retain(byte[] node) throws MetadataException {
        int entries = NodeLayout.entries(node);
        if (!NodeLayout.isLeaf(node)) {
            for (int i = 0; i < entries; i++) {
                store.increment(NodeLayout.childNumber(node, i));
            }
        } else if (references != null) {
            for (int i = 0; i < entries; i++) {
                references.increment(node, layout.valueOffset(i));
            }
        }
    }

    /** Gives up one reference to a tree, and to all below it where that was the last. O(n) in what is freed. */
    void release(long number) throws MetadataException {
        release(number, 0);
    }

    private void release(long number, int depth) throws MetadataException {
        if (store.count(number) == 1) {
            Block block = store.block(number, BlockType.NODE);
            if (depth == MAX_DEPTH) {
                throw store.corrupt(block, "is deeper in its tree than " + MAX_DEPTH + " levels");
            }
            byte[] node = store.load(block, layout, BlockCache.ANY_GENERATION);
            int entries = NodeLayout.entries(node);
            boolean leaf = NodeLayout.isLeaf(node);
            for (int i = 0; i < entries; i++) {
                if (!leaf) {
                    release(NodeLayout.childNumber(node, i), depth + 1);
                } else if (references != null) {
                    references.decrement(node, layout.valueOffset(i));
                }
            }
        }
        store.decrement(number);
    }
}
