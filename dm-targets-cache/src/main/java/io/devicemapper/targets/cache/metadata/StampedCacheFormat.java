package io.devicemapper.targets.cache.metadata;

import io.devicemapper.persistent.CacheSuperblockFormat;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.StructureVisitor;
import io.devicemapper.persistent.SuperblockFormat;

/** dm-cache's superblock, whose {@link CacheStamp} is sealed at each write. */
final class StampedCacheFormat implements SuperblockFormat {
    static final StampedCacheFormat INSTANCE = new StampedCacheFormat();

    private static final SuperblockFormat PLAIN = CacheSuperblockFormat.INSTANCE;

    private StampedCacheFormat() {}

    @Override
    public String name() {
        return PLAIN.name();
    }

    @Override
    public int checksumSalt() {
        return PLAIN.checksumSalt();
    }

    @Override
    public long magic() {
        return PLAIN.magic();
    }

    @Override
    public int minVersion() {
        return PLAIN.minVersion();
    }

    @Override
    public int maxVersion() {
        return PLAIN.maxVersion();
    }

    @Override
    public int needsCheckFlag() {
        return PLAIN.needsCheckFlag();
    }

    @Override
    public int spaceMapRootOffset() {
        return PLAIN.spaceMapRootOffset();
    }

    @Override
    public void structures(byte[] superblock, StructureVisitor visitor) throws MetadataException {
        PLAIN.structures(superblock, visitor);
    }

    /** A flag that is changed in place in what others wrote does not make it ours. */
    @Override
    public void seal(byte[] superblock, byte[] replaced) {
        if (replaced == null ? CacheStamp.isThere(superblock) : CacheStamp.matches(replaced)) {
            CacheStamp.seal(superblock);
        }
    }
}
