package io.devicemapper.persistent;

import java.util.Arrays;

/**
 * Changes of a tree, by its one writer. Every change goes from the root down and shadows each node on its way, so that what was committed
 * stays as it is; a full internal node is split before it is entered, so that each step leaves a whole tree behind.
 */
final class TreeUpdate {
    private final Tree tree;
    private final NodeStore store;
    private final NodeLayout layout;
    private final Block[] path = new Block[Tree.MAX_DEPTH];
    private final int[] slots = new int[Tree.MAX_DEPTH];

    /** How many internal nodes the last descent passed; they are in {@link #path}. */
    private int depth;

    /** The leaf of the last {@link #prepare}, to be changed in place. */
    private byte[] leaf;

    TreeUpdate(Tree tree) {
        this.tree = tree;
        this.store = tree.store;
        this.layout = tree.layout;
    }

    /** The node that {@link #prepare} found or made the entry in, changeable until the next change of the tree. */
    byte[] leaf() {
        return leaf;
    }

    /**
     * Finds the entry of a key to change its value, or makes it.
     *
     * @return where in {@link #leaf} its value is; for an entry that was made, the complement ({@code ~}) of that, with a value that the
     *     caller has to store
     */
    int prepare(long key) throws MetadataException {
        store.beginChange();
        tree.changes++;
        try {
            return prepareEntry(key);
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
    }

    private int prepareEntry(long key) throws MetadataException {
        Block block = descend(key, true);
        byte[] node = block.bytes();
        int floor = NodeLayout.floorIndex(node, key);
        if (floor >= 0 && NodeLayout.key(node, floor) == key) {
            leaf = node;
            return layout.valueOffset(floor);
        }
        int index = floor + 1;
        if (NodeLayout.entries(node) == layout.maxEntries) {
            block = makeRoom(block, key);
            node = block.bytes();
            index = NodeLayout.floorIndex(node, key) + 1;
        }
        layout.insertGap(block, node, index);
        NodeLayout.setKey(node, index, key);
        leaf = node;
        return ~layout.valueOffset(index);
    }

    /**
     * Removes the entry of a key.
     *
     * @return false if there is none, and nothing was changed
     */
    boolean remove(long key) throws MetadataException {
        store.beginChange();
        byte[] found = tree.leaf(key);
        if (found == null) {
            return false;
        }
        int index = NodeLayout.floorIndex(found, key);
        if (index < 0 || NodeLayout.key(found, index) != key) {
            return false;
        }
        tree.changes++;
        try {
            Block block = descend(key, false);
            byte[] node = block.bytes();
            if (tree.references != null) {
                tree.references.decrement(node, layout.valueOffset(index));
            }
            layout.remove(block, node, index);
            rebalance(block);
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
        return true;
    }

    private Block writableRoot() throws MetadataException {
        Block root = tree.root();
        if (root.writableIn != store.epoch) {
            root = store.shadow(root, layout, tree);
            tree.setRoot(root);
        }
        return root;
    }

    /** Makes the path to the leaf of a key changeable, and returns the leaf. */
    private Block descend(long key, boolean toInsert) throws MetadataException {
        Block block = writableRoot();
        depth = 0;
        if (toInsert && isFullInternal(block)) {
            block = raiseRoot(block);
        }
        while (block.isInternal()) {
            if (depth == Tree.MAX_DEPTH - 1) {
                throw store.corrupt(block, "is deeper in its tree than " + Tree.MAX_DEPTH + " levels");
            }
            byte[] node = block.bytes();
            int index = NodeLayout.floorIndex(node, key);
            if (index < 0) {
                // Only an insertion comes here: the tree's smallest key is about to be smaller.
                index = 0;
                NodeLayout.setKey(node, 0, key);
            }
            Block child = writableChild(block, node, index, key);
            if (toInsert && isFullInternal(child)) {
                split(block, node, index, child, child.bytes(), NodeLayout.INTERNAL.maxEntries / 2);
                if (Long.compareUnsigned(key, NodeLayout.key(node, index + 1)) >= 0) {
                    index++;
                    child = block.children[index];
                }
            }
            path[depth] = block;
            slots[depth++] = index;
            block = child;
        }
        return block;
    }

    private static boolean isFullInternal(Block block) {
        return block.isInternal() && NodeLayout.entries(block.bytes()) == NodeLayout.INTERNAL.maxEntries;
    }

    /** The child of a changeable node, changeable as well. */
    private Block writableChild(Block parent, byte[] node, int index, long key) throws MetadataException {
        Block child = parent.children[index];
        if (child != null && child.writableIn == store.epoch) {
            return child;
        }
        if (child == null || child.bytes() == null) {
            tree.fault(tree.root(), BlockCache.ANY_GENERATION, key);
            child = parent.children[index];
            if (child == null) {
                throw store.corrupt(parent, "keys out of the order that its ancestors have");
            }
        }
        Block shadow = store.shadow(child, layout, tree);
        NodeLayout.setChildNumber(node, index, shadow.number);
        parent.children[index] = shadow;
        return shadow;
    }

    /** Puts an internal node with the old root as its only child above it. */
    private Block raiseRoot(Block oldRoot) throws MetadataException {
        byte[] node = new byte[BlockType.BLOCK_BYTES];
        NodeLayout.INTERNAL.format(node, true);
        Block[] children = new Block[NodeLayout.INTERNAL.maxEntries];
        children[0] = oldRoot;
        NodeLayout.setEntries(node, 1);
        NodeLayout.setKey(node, 0, NodeLayout.key(oldRoot.bytes(), 0));
        NodeLayout.setChildNumber(node, 0, oldRoot.number);
        Block root = store.create(BlockType.NODE, layout, node, children);
        tree.setRoot(root);
        return root;
    }

    /** Moves all but the first {@code keep} entries of a node to a new right neighbour; the parent has room for it. */
    private Block split(Block parent, byte[] parentNode, int index, Block block, byte[] node, int keep)
            throws MetadataException {
        NodeLayout nodeLayout = block.isInternal() ? NodeLayout.INTERNAL : layout;
        byte[] rightNode = new byte[BlockType.BLOCK_BYTES];
        nodeLayout.format(rightNode, block.isInternal());
        Block right = store.create(
                BlockType.NODE,
                layout,
                rightNode,
                block.isInternal() ? new Block[NodeLayout.INTERNAL.maxEntries] : null);
        long firstOfRight = NodeLayout.key(node, keep);
        nodeLayout.moveRight(block, node, right, rightNode, NodeLayout.entries(node) - keep);
        insertChild(parent, parentNode, index + 1, firstOfRight, right);
        return right;
    }

    private static void insertChild(Block parent, byte[] parentNode, int index, long key, Block child) {
        NodeLayout.INTERNAL.insertGap(parent, parentNode, index);
        NodeLayout.setKey(parentNode, index, key);
        NodeLayout.setChildNumber(parentNode, index, child.number);
        parent.children[index] = child;
    }

    /** Splits the full leaf of the last descent, or lets a neighbour take some of it; returns the leaf for the key. */
    private Block makeRoom(Block block, long key) throws MetadataException {
        if (depth == 0) {
            path[0] = raiseRoot(block);
            if (Long.compareUnsigned(key, NodeLayout.key(path[0].bytes(), 0)) < 0) {
                NodeLayout.setKey(path[0].bytes(), 0, key);
            }
            slots[0] = 0;
            depth = 1;
        }
        Block parent = path[depth - 1];
        byte[] parentNode = parent.bytes();
        int index = slots[depth - 1];
        byte[] node = block.bytes();
        int entries = NodeLayout.entries(node);
        if (Long.compareUnsigned(key, NodeLayout.key(node, entries - 1)) > 0
                && index == NodeLayout.entries(parentNode) - 1) {
            // Keys that come in ascending order leave full leaves behind.
            byte[] rightNode = new byte[BlockType.BLOCK_BYTES];
            layout.format(rightNode, false);
            Block right = store.create(BlockType.NODE, layout, rightNode, null);
            insertChild(parent, parentNode, index + 1, key, right);
            return right;
        }
        if (index > 0 && moveToLeft(parent, parentNode, index, block, node)) {
            return Long.compareUnsigned(key, NodeLayout.key(parentNode, index)) < 0
                    ? parent.children[index - 1]
                    : block;
        }
        Block right = split(parent, parentNode, index, block, node, entries / 2);
        return Long.compareUnsigned(key, NodeLayout.key(parentNode, index + 1)) >= 0 ? right : block;
    }

    /** Evens out with the left neighbour, if that is changeable already and has much room: this costs no further block. */
    private boolean moveToLeft(Block parent, byte[] parentNode, int index, Block block, byte[] node) {
        Block left = parent.children[index - 1];
        if (left == null || left.writableIn != store.epoch || left.isInternal()) {
            return false;
        }
        byte[] leftNode = left.bytes();
        int room = layout.maxEntries - NodeLayout.entries(leftNode);
        if (room < layout.maxEntries / 8 + 2) {
            return false;
        }
        layout.moveLeft(left, leftNode, block, node, room / 2);
        NodeLayout.setKey(parentNode, index, NodeLayout.key(node, 0));
        return true;
    }

    /** After a removal: joins or evens out nodes with few entries, from the leaf upwards. */
    private void rebalance(Block changed) throws MetadataException {
        Block block = changed;
        while (depth > 0) {
            NodeLayout nodeLayout = block.isInternal() ? NodeLayout.INTERNAL : layout;
            if (NodeLayout.entries(block.bytes()) >= nodeLayout.maxEntries / 3) {
                return;
            }
            Block parent = path[--depth];
            byte[] parentNode = parent.bytes();
            if (NodeLayout.entries(parentNode) > 1) {
                int leftIndex = Math.max(0, slots[depth] - 1);
                join(parent, parentNode, leftIndex, nodeLayout);
            } else if (NodeLayout.entries(block.bytes()) == 0) {
                dropOnlyChild(parent, parentNode, block);
            }
            block = parent;
        }
        lowerRoot();
    }

    /** An only child is empty. The parent becomes an empty leaf if it is the root, else the next to be joined. */
    private void dropOnlyChild(Block parent, byte[] parentNode, Block child) throws MetadataException {
        NodeLayout.INTERNAL.remove(parent, parentNode, 0);
        store.decrement(child.number);
        if (depth == 0) {
            Arrays.fill(parentNode, (byte) 0);
            layout.format(parentNode, false);
            parent.children = null;
        }
    }

    private void join(Block parent, byte[] parentNode, int leftIndex, NodeLayout nodeLayout) throws MetadataException {
        Block left = writableChild(parent, parentNode, leftIndex, NodeLayout.key(parentNode, leftIndex));
        Block right = writableChild(parent, parentNode, leftIndex + 1, NodeLayout.key(parentNode, leftIndex + 1));
        byte[] leftNode = left.bytes();
        byte[] rightNode = right.bytes();
        if (left.isInternal() != right.isInternal()) {
            throw store.corrupt(right, "is not of the same level as its neighbour, block " + left.number);
        }
        int leftEntries = NodeLayout.entries(leftNode);
        int rightEntries = NodeLayout.entries(rightNode);
        if (leftEntries + rightEntries <= nodeLayout.maxEntries / 3 * 2) {
            nodeLayout.moveLeft(left, leftNode, right, rightNode, rightEntries);
            NodeLayout.INTERNAL.remove(parent, parentNode, leftIndex + 1);
            store.decrement(right.number);
            return;
        }
        int wantedLeft = (leftEntries + rightEntries) / 2;
        if (leftEntries < wantedLeft) {
            nodeLayout.moveLeft(left, leftNode, right, rightNode, wantedLeft - leftEntries);
        } else {
            nodeLayout.moveRight(left, leftNode, right, rightNode, leftEntries - wantedLeft);
        }
        NodeLayout.setKey(parentNode, leftIndex + 1, NodeLayout.key(rightNode, 0));
    }

    /** A root with a single child is in the way. */
    private void lowerRoot() throws MetadataException {
        Block root = tree.root();
        while (root.isInternal() && NodeLayout.entries(root.bytes()) == 1) {
            Block child = writableChild(root, root.bytes(), 0, NodeLayout.key(root.bytes(), 0));
            tree.setRoot(child);
            store.decrement(root.number);
            root = child;
        }
    }
}
