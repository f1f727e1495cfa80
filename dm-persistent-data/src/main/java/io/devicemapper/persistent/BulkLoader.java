package io.devicemapper.persistent;

import java.util.ArrayList;
import java.util.List;

/** Builds a tree from the leaves up, from keys in ascending unsigned order. Every node but the last of each level is full. */
final class BulkLoader {
    private final NodeStore store;
    private final NodeLayout layout;

    /** The node being filled on each level, leaves first; those before it are referred to from the level above. */
    private final List<Block> levels = new ArrayList<>();

    private boolean any;
    private long lastKey;

    BulkLoader(NodeStore store, NodeLayout layout) {
        this.store = store;
        this.layout = layout;
    }

    /** The leaf that the last {@link #add} went to. */
    byte[] leaf() {
        return levels.get(0).bytes();
    }

    /** Makes an entry. Returns where in {@link #leaf} its value goes, so call this first. */
    int add(long key) throws MetadataException {
        if (any && Long.compareUnsigned(key, lastKey) <= 0) {
            throw new IllegalArgumentException("key " + Long.toUnsignedString(key) + " after "
                    + Long.toUnsignedString(lastKey) + ": keys must ascend");
        }
        if (!any) {
            store.beginChange();
        }
        try {
            any = true;
            lastKey = key;
            return layout.valueOffset(append(0, key));
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
    }

    /** Makes an entry at the end of a level, with a new node if the last one is full; returns its index. */
    private int append(int level, long key) throws MetadataException {
        NodeLayout nodeLayout = level == 0 ? layout : NodeLayout.INTERNAL;
        if (level == levels.size()) {
            levels.add(newNode(level));
        }
        Block node = levels.get(level);
        if (NodeLayout.entries(node.bytes()) == nodeLayout.maxEntries) {
            if (level + 1 == levels.size()) {
                appendChild(level + 1, node);
            }
            node.filling = false;
            node = newNode(level);
            levels.set(level, node);
        }
        int index = NodeLayout.entries(node.bytes());
        NodeLayout.setEntries(node.bytes(), index + 1);
        NodeLayout.setKey(node.bytes(), index, key);
        if (index == 0 && level + 1 < levels.size()) {
            appendChild(level + 1, node);
        }
        return index;
    }

    private void appendChild(int level, Block child) throws MetadataException {
        int index = append(level, NodeLayout.key(child.bytes(), 0));
        Block parent = levels.get(level);
        NodeLayout.setChildNumber(parent.bytes(), index, child.number);
        parent.children[index] = child;
    }

    private Block newNode(int level) throws MetadataException {
        byte[] node = new byte[BlockType.BLOCK_BYTES];
        (level == 0 ? layout : NodeLayout.INTERNAL).format(node, level > 0);
        Block[] children = level == 0 ? null : new Block[NodeLayout.INTERNAL.maxEntries];
        Block block = store.create(BlockType.NODE, layout, node, children);
        block.filling = true;
        return block;
    }

    /** The tree of all entries added. */
    Tree build(ValueReferences references) throws MetadataException {
        if (!any) {
            return Tree.create(store, layout, references);
        }
        for (Block node : levels) {
            node.filling = false;
        }
        return Tree.built(store, layout, references, levels.get(levels.size() - 1));
    }
}
