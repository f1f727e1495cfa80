package io.devicemapper.persistent;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reference counts of 3 and more: a B-tree of u32 values, and what changed in this transaction. */
final class BigCounts {
    private final NodeStore store;
    private final Map<Long, Integer> changed = new LinkedHashMap<>();
    private final Map<Long, Integer> unsaved = new LinkedHashMap<>();
    private Tree tree;
    private TreeUpdate update;
    private Block committedRoot;

    BigCounts(NodeStore store) {
        this.store = store;
    }

    static NodeLayout layout() {
        return NodeLayout.of(Integer.BYTES);
    }

    void create() throws MetadataException {
        use(Tree.create(store, layout(), null));
    }

    void open(long root) throws MetadataException {
        use(Tree.open(store, layout(), null, root));
        committedRoot = tree.root();
    }

    private void use(Tree opened) {
        tree = opened;
        update = new TreeUpdate(opened);
    }

    long root() {
        return tree.root().number;
    }

    /** The count of a block, 0 if it is not among the big ones. */
    int get(long block) throws MetadataException {
        Integer count = changed.get(block);
        if (count != null) {
            return count;
        }
        byte[] leaf = tree.leaf(block);
        int index = leaf == null ? -1 : NodeLayout.floorIndex(leaf, block);
        return index >= 0 && NodeLayout.key(leaf, index) == block
                ? LittleEndian.getInt(leaf, layout().valueOffset(index))
                : 0;
    }

    void set(long block, int count) {
        changed.put(block, count);
        unsaved.put(block, count);
    }

    boolean isSaved() {
        return unsaved.isEmpty();
    }

    /** Puts the changes into the tree, which allocates and frees blocks. */
    void save() throws MetadataException {
        Map<Long, Integer> toSave = new LinkedHashMap<>(unsaved);
        unsaved.clear();
        for (Map.Entry<Long, Integer> entry : toSave.entrySet()) {
            if (entry.getValue() == 0) {
                update.remove(entry.getKey());
            } else {
                int at = update.prepare(entry.getKey());
                LittleEndian.putInt(update.leaf(), at < 0 ? ~at : at, entry.getValue());
            }
        }
    }

    void committed() {
        changed.clear();
        committedRoot = tree.root();
    }

    void abort() {
        changed.clear();
        unsaved.clear();
        tree.setRoot(committedRoot);
    }
}
