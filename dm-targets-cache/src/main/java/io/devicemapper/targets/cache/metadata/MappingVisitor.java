package io.devicemapper.targets.cache.metadata;

import io.devicemapper.persistent.MetadataException;

/** Receives the mappings of a cache that is being loaded. */
@FunctionalInterface
public interface MappingVisitor {
    /**
     * A cache block that is in use.
     *
     * @param cacheBlock its number on the cache device
     * @param originBlock what it holds; nobody has checked that the origin has such a block, and that no other cache block holds it too
     * @param marked whether it may differ from the origin; what that means depends on the {@link Provenance}. Always true for
     *     {@link Provenance#FOREIGN_UNCLEAN}
     * @param hint of the policy; 0 without {@code hintValid}
     * @param hintValid whether the hint was stored in good order by the same policy
     * @throws MetadataException to end the loading
     */
    void mapping(long cacheBlock, long originBlock, boolean marked, int hint, boolean hintValid)
            throws MetadataException;
}
