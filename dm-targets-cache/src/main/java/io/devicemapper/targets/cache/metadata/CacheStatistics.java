package io.devicemapper.targets.cache.metadata;

/**
 * What a cache has counted in all its life. The format has room for 32 bits each, and they wrap around there.
 *
 * @param readHits reads served by the cache
 * @param readMisses reads served by the origin
 * @param writeHits writes to cached blocks
 * @param writeMisses other writes
 */
public record CacheStatistics(long readHits, long readMisses, long writeHits, long writeMisses) {
    /** Nothing counted yet. */
    public static final CacheStatistics NONE = new CacheStatistics(0, 0, 0, 0);
}
