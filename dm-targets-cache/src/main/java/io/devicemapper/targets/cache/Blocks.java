package io.devicemapper.targets.cache;

/**
 * How sectors and blocks correspond.
 *
 * @param blockSectors sectors in a block
 * @param originBlocks how many whole blocks the target has; what lies behind them is never cached
 * @param cacheBlocks how many whole blocks the cache device has
 */
record Blocks(long blockSectors, long originBlocks, int cacheBlocks) {
    /** The origin block that a sector lies in. */
    long originBlock(long sector) {
        return sector / blockSectors;
    }

    /** Where a sector of the origin is on the cache device, if that block of it holds the sector's origin block. */
    long cacheSector(int cacheBlock, long sector) {
        return cacheBlock * blockSectors + sector % blockSectors;
    }

    /** Where a cache block begins on the cache device. */
    long cacheStart(int cacheBlock) {
        return cacheBlock * blockSectors;
    }

    /** Where an origin block begins on the origin. */
    long originStart(long originBlock) {
        return originBlock * blockSectors;
    }
}
