package io.devicemapper.targets.cache.metadata;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.PersistentArray;
import io.devicemapper.persistent.PersistentBitset;
import io.devicemapper.persistent.StoreOptions;
import io.devicemapper.persistent.SuperblockFormat;
import io.devicemapper.target.Version;
import java.util.Map;
import java.util.TreeMap;

/** A cache's metadata as tests see it: what is loaded, and what a kernel does to it. */
final class CacheImage {
    static final PolicyIdentity SMQ = new PolicyIdentity("smq", new Version(2, 0, 0));

    /** A cache block in use. */
    record Mapping(long originBlock, boolean marked, int hint) {}

    private CacheImage() {}

    static Map<Long, Mapping> load(CacheMetadata metadata) throws MetadataException {
        Map<Long, Mapping> found = new TreeMap<>();
        metadata.load(
                SMQ,
                (cacheBlock, originBlock, marked, hint, hintValid) ->
                        found.put(cacheBlock, new Mapping(originBlock, marked, hint)));
        return found;
    }

    /** What the device holds, opened anew. */
    static Map<Long, Mapping> load(BlockDevice device) throws MetadataException {
        try (CacheMetadata metadata = CacheMetadata.openReadOnly(device)) {
            return load(metadata);
        }
    }

    /** Opens the metadata as the kernel does: the flag CLEAN_SHUTDOWN is cleared in place. */
    static MetadataStore kernelOpens(BlockDevice device) throws MetadataException {
        MetadataStore store = MetadataStore.open(device, CacheSuperblockFormat.INSTANCE, StoreOptions.DEFAULT);
        int flags = LittleEndian.getInt(store.superblock(), SuperblockFormat.FLAGS_OFFSET);
        store.writeFlags(flags & ~CacheSuperblockFormat.CLEAN_SHUTDOWN);
        return store;
    }

    /** Closes it as the kernel does: with the sizes of its discard bitset, and the flag set. */
    static void kernelCloses(MetadataStore store) throws MetadataException {
        byte[] superblock = store.superblock();
        PersistentBitset discards = store.openBitset(
                LittleEndian.getLong(superblock, CacheSuperblockFormat.DISCARD_ROOT),
                LittleEndian.getLong(superblock, CacheSuperblockFormat.DISCARD_NR_BLOCKS));
        discards.resize(64);
        LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_ROOT, discards.root());
        LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_BLOCK_SIZE, 128);
        LittleEndian.putLong(superblock, CacheSuperblockFormat.DISCARD_NR_BLOCKS, 64);
        int flags = LittleEndian.getInt(superblock, SuperblockFormat.FLAGS_OFFSET);
        LittleEndian.putInt(superblock, SuperblockFormat.FLAGS_OFFSET, flags | CacheSuperblockFormat.CLEAN_SHUTDOWN);
        store.commit();
        store.close();
    }

    static PersistentArray mappings(MetadataStore store) throws MetadataException {
        return store.openArray(
                Long.BYTES, LittleEndian.getLong(store.superblock(), CacheSuperblockFormat.MAPPING_ROOT));
    }
}
