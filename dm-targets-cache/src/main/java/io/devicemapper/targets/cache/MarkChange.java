package io.devicemapper.targets.cache;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;

/** Marks a block durably, so that writes to it can begin. */
final class MarkChange implements MetadataChange {
    private final Cache cache;
    private final CacheBlock block;

    MarkChange(Cache cache, CacheBlock block) {
        this.cache = cache;
        this.block = block;
    }

    @Override
    public void apply(CacheMetadata metadata) throws MetadataException {
        // It may have been unmapped since, in this very transaction.
        if (metadata.originBlock(block.number()) >= 0) {
            metadata.mark(block.number());
        }
    }

    @Override
    public void settled(boolean durable) {
        cache.marks().settled(block, durable);
    }
}
