package io.devicemapper.benchmarks.index;

import java.io.IOException;
import java.nio.file.Path;

/** The indexes that are compared. */
public enum StoreKind {
    /** dm-persistent-data, on a file. */
    BTREE {
        @Override
        LongStore open(Path folder) throws IOException {
            return new BTreeStore(folder);
        }
    },
    /** dm-persistent-data's tree in memory, without a device. */
    LONG_INDEX {
        @Override
        LongStore open(Path folder) {
            return new LongIndexStore();
        }
    },
    /** LMDB through lmdbjava. */
    LMDB {
        @Override
        LongStore open(Path folder) {
            return new LmdbStore(folder);
        }
    },
    /** H2's MVStore, on a file. */
    MVSTORE {
        @Override
        LongStore open(Path folder) {
            return new MvStoreStore(folder);
        }
    },
    /** {@link java.util.TreeMap}. */
    TREE_MAP {
        @Override
        LongStore open(Path folder) {
            return new TreeMapStore();
        }
    },
    /** fastutil's balanced tree of primitives. */
    FASTUTIL {
        @Override
        LongStore open(Path folder) {
            return new FastutilStore();
        }
    };

    /** An empty index whose files, if it has any, are in that folder. */
    abstract LongStore open(Path folder) throws IOException;
}
