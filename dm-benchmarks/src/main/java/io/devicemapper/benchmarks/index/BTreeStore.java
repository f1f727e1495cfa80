package io.devicemapper.benchmarks.index;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.device.FileDevice;
import io.devicemapper.core.device.FileOptions;
import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.LongBTree;
import io.devicemapper.persistent.LongCursor;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.StoreOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A tree of dm-persistent-data on a file more than four times its size, all of it in the store's cache. */
final class BTreeStore implements LongStore {
    private static final long DEVICE_BYTES = 160L << 20;
    private static final StoreOptions OPTIONS = StoreOptions.DEFAULT.withCacheBlocks(1 << 16);

    private final BlockDevice device;
    private final MetadataStore store;
    private final LongBTree tree;

    BTreeStore(Path folder) throws IOException {
        device = FileDevice.open(folder.resolve("meta.img"), FileOptions.DEFAULT.withSizeBytes(DEVICE_BYTES));
        store = MetadataStore.format(device, CacheSuperblockFormat.INSTANCE, 1, OPTIONS);
        tree = store.createLongTree();
        commit();
    }

    @Override
    public long get(long key) {
        try {
            return tree.get(key, -1);
        } catch (MetadataException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void put(long key, long value) {
        try {
            tree.put(key, value);
        } catch (MetadataException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long scan() {
        try {
            long sum = 0;
            LongCursor cursor = tree.cursor();
            for (boolean found = cursor.first(); found; found = cursor.next()) {
                sum += cursor.value();
            }
            return sum;
        } catch (MetadataException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void commit() {
        try {
            LittleEndian.putLong(store.superblock(), CacheSuperblockFormat.MAPPING_ROOT, tree.root());
            store.commit();
        } catch (MetadataException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        store.close();
        device.close();
    }
}
