package io.devicemapper.persistent;

import java.util.ConcurrentModificationException;

/**
 * A place in a B-tree, which goes to keys and from entry to entry in both directions. Keys are unsigned.
 *
 * <p>A cursor of the writer's tree belongs to the writer, and is out of date after each change of the tree until it is sent to a key
 * again. A cursor of the committed tree is for one thread at a time, sees one committed state however long the writer goes on, and keeps
 * the blocks of that state from being used again: close it.
 *
 * <p>One step costs nothing but where the next leaf begins: there, as for a look-up, O(log n).
 */
public abstract sealed class Cursor implements AutoCloseable permits LongCursor, ValueCursor {
    private final Tree tree;

    /** Null for the writer's tree. */
    private final Tree.Committed pinned;

    private int changes;
    private byte[] leaf;
    private int index;
    private boolean positioned;
    private boolean closed;

    Cursor(Tree tree, Tree.Committed pinned) {
        this.tree = tree;
        this.pinned = pinned;
    }

    /** Goes to the entry with the largest key that is at most {@code key}. Returns false, and stands nowhere, if there is none. */
    public final boolean floor(long key) throws MetadataException {
        begin();
        long wanted = key;
        while (true) {
            Block block = root();
            byte[] node = content(block, wanted);
            boolean hasLeft = false;
            long left = 0;
            for (int depth = 0; !NodeLayout.isLeaf(node); depth++) {
                int at = Math.max(0, NodeLayout.floorIndex(node, wanted));
                if (at > 0) {
                    hasLeft = true;
                    left = NodeLayout.key(node, at) - 1;
                }
                block = child(block, at, wanted, depth);
                node = content(block, wanted);
            }
            int at = NodeLayout.floorIndex(node, wanted);
            if (at >= 0) {
                return stand(node, at);
            }
            if (!hasLeft) {
                return false;
            }
            wanted = left;
        }
    }

    /** Goes to the entry with the smallest key that is at least {@code key}. Returns false, and stands nowhere, if there is none. */
    public final boolean ceiling(long key) throws MetadataException {
        begin();
        long wanted = key;
        while (true) {
            Block block = root();
            byte[] node = content(block, wanted);
            boolean hasRight = false;
            long right = 0;
            for (int depth = 0; !NodeLayout.isLeaf(node); depth++) {
                int at = Math.max(0, NodeLayout.floorIndex(node, wanted));
                if (at + 1 < NodeLayout.entries(node)) {
                    hasRight = true;
                    right = NodeLayout.key(node, at + 1);
                }
                block = child(block, at, wanted, depth);
                node = content(block, wanted);
            }
            int at = NodeLayout.ceilingIndex(node, wanted);
            if (at < NodeLayout.entries(node)) {
                return stand(node, at);
            }
            if (!hasRight) {
                return false;
            }
            wanted = right;
        }
    }

    /** Goes to the smallest key. Returns false if the tree is empty. */
    public final boolean first() throws MetadataException {
        return ceiling(0);
    }

    /** Goes to the largest key. Returns false if the tree is empty. */
    public final boolean last() throws MetadataException {
        return floor(-1);
    }

    /**
     * Goes to the next larger key. Returns false, and stands nowhere, if there is none.
     *
     * @throws IllegalStateException if the cursor stands nowhere
     * @throws ConcurrentModificationException if the tree was changed since the cursor came here
     */
    public final boolean next() throws MetadataException {
        checkPosition();
        if (index + 1 < NodeLayout.entries(leaf)) {
            index++;
            return true;
        }
        long key = key();
        positioned = false;
        return key != -1 && ceiling(key + 1);
    }

    /**
     * Goes to the next smaller key. Returns false, and stands nowhere, if there is none.
     *
     * @throws IllegalStateException if the cursor stands nowhere
     * @throws ConcurrentModificationException if the tree was changed since the cursor came here
     */
    public final boolean previous() throws MetadataException {
        checkPosition();
        if (index > 0) {
            index--;
            return true;
        }
        long key = key();
        positioned = false;
        return key != 0 && floor(key - 1);
    }

    /**
     * The key of the entry that the cursor stands at.
     *
     * @throws IllegalStateException if the cursor stands nowhere
     */
    public final long key() {
        checkPosition();
        return NodeLayout.key(leaf, index);
    }

    /** The leaf that the cursor stands in. */
    final byte[] leaf() {
        checkPosition();
        return leaf;
    }

    /** Where in the leaf the value is. */
    final int valueOffset() {
        return tree.layout.valueOffset(index);
    }

    private void checkPosition() {
        if (!positioned) {
            throw new IllegalStateException("the cursor stands at no entry");
        }
        if (pinned == null && changes != tree.changes) {
            throw new ConcurrentModificationException("the tree was changed since the cursor came here");
        }
    }

    private void begin() {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
        positioned = false;
        changes = tree.changes;
    }

    private boolean stand(byte[] node, int at) {
        leaf = node;
        index = at;
        positioned = true;
        return true;
    }

    private Block root() {
        return pinned == null ? tree.root() : pinned.root();
    }

    private byte[] content(Block block, long key) throws MetadataException {
        byte[] node = block.bytes();
        if (node == null) {
            fault(key);
            // What was just checked may have been dropped again; then it is read for this step alone.
            node = tree.store.load(block, tree.layout, BlockCache.ANY_GENERATION);
        }
        return node;
    }

    private Block child(Block parent, int at, long key, int depth) throws MetadataException {
        if (depth == Tree.MAX_DEPTH) {
            throw tree.store.corrupt(parent, "is deeper in its tree than " + Tree.MAX_DEPTH + " levels");
        }
        Block child = parent.children[at];
        if (child == null) {
            fault(key);
            child = parent.children[at];
            if (child == null) {
                throw tree.store.corrupt(parent, "keys out of the order that its ancestors have");
            }
        }
        return child;
    }

    private void fault(long key) throws MetadataException {
        tree.fault(root(), BlockCache.ANY_GENERATION, key);
    }

    /** Lets a committed state go. Idempotent. */
    @Override
    public final void close() {
        if (!closed && pinned != null) {
            ((TransactionManager) tree.store).unpin(pinned.generation());
        }
        closed = true;
        positioned = false;
        leaf = null;
    }
}
