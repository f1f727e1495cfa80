package io.devicemapper.cache;

/**
 * The size of a cache and of what it caches.
 *
 * @param originBlocks how many blocks the slow device has, at least 1; blocks are known by their number on it, from 0 on
 * @param cacheBlocks how many of them the cache can hold at a time, at least 1
 * @param blockSectors length of a block in sectors of 512 bytes, at least 1
 */
public record CacheGeometry(long originBlocks, int cacheBlocks, int blockSectors) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is less than 1
     */
    public CacheGeometry {
        if (originBlocks < 1 || cacheBlocks < 1 || blockSectors < 1) {
            throw new IllegalArgumentException("no cache has " + originBlocks + " origin blocks, " + cacheBlocks
                    + " cache blocks and " + blockSectors + " sectors a block");
        }
    }
}
