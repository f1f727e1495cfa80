package io.devicemapper.cache;

import io.devicemapper.target.Version;

/**
 * A way to choose what a cache keeps: the kernel's {@code struct dm_cache_policy_type}. Found by {@link java.util.ServiceLoader}; needs
 * a public constructor without arguments, or a static {@code provider()} method.
 *
 * <p>A policy is stateless: one instance serves every cache. The state of a cache is the {@link CacheSelection} that it makes.
 */
public interface CachePolicy {
    /**
     * The name as written in a table line and in the cache's metadata, such as {@code smq}: 1 to 15 ASCII letters, digits, {@code -}
     * or {@code _}.
     */
    String name();

    /** Written to the metadata. Hints are given back to a policy of the same name and version, and to no other. */
    Version version();

    /** The API level that this policy was compiled against: always {@code return DmApi.LEVEL;}. */
    int apiLevel();

    /**
     * Makes the state of one cache, which is empty at first.
     *
     * @param geometry the cache
     */
    CacheSelection create(CacheGeometry geometry);
}
