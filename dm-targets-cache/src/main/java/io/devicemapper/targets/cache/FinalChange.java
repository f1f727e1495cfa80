package io.devicemapper.targets.cache;

import io.devicemapper.cache.CacheSelection;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;

/** What is stored when a cache goes out of service: the policy's hints. The counts are stored by every commit. */
final class FinalChange implements MetadataChange {
    private final Cache cache;
    private final PolicyIdentity policy;
    private final CacheSelection selection;

    FinalChange(Cache cache, PolicyIdentity policy, CacheSelection selection) {
        this.cache = cache;
        this.policy = policy;
        this.selection = selection;
    }

    @Override
    public void apply(CacheMetadata metadata) throws MetadataException {
        int[] hints = new int[cache.map().size()];
        selection.hints((originBlock, hint) -> {
            CacheBlock block = cache.map().find(originBlock);
            if (block != null) {
                hints[block.number()] = hint;
            }
        });
        metadata.hints(policy, cacheBlock -> hints[(int) cacheBlock]);
    }

    @Override
    public void settled(boolean durable) {
        // Hints that got lost cost some hits.
    }
}
