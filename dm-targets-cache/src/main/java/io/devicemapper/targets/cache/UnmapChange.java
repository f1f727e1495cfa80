package io.devicemapper.targets.cache;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;

/** Unmaps a block durably. When it is settled as durable, the block is hidden already. */
final class UnmapChange implements MetadataChange {
    private final Cache cache;
    private final Unmapping unmapping;

    UnmapChange(Cache cache, Unmapping unmapping) {
        this.cache = cache;
        this.unmapping = unmapping;
    }

    Unmapping unmapping() {
        return unmapping;
    }

    @Override
    public void apply(CacheMetadata metadata) throws MetadataException {
        metadata.unmap(unmapping.block().number());
    }

    @Override
    public void settled(boolean durable) {
        cache.unmapper().settled(unmapping, durable);
    }
}
