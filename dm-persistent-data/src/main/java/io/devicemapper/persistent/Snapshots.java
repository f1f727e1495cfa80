package io.devicemapper.persistent;

/** What whole trees have in common when they are shared or given up. */
final class Snapshots {
    private Snapshots() {}

    static Tree snapshot(Tree tree) throws MetadataException {
        TransactionManager store = (TransactionManager) tree.store;
        store.beginChange();
        try {
            store.increment(tree.root().number);
            store.beginEpoch();
            return Tree.open(store, tree.layout, tree.references, tree.root().number)
                    .registered(false, 0);
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
    }

    static void delete(Tree tree) throws MetadataException {
        tree.store.beginChange();
        try {
            tree.release(tree.root().number);
            tree.changes++;
            tree.setRoot(null);
        } catch (MetadataException | RuntimeException e) {
            tree.store.changeFailed();
            throw e;
        }
    }
}
