package io.devicemapper.persistent;

/**
 * How a {@link MetadataStore} is opened.
 *
 * @param cacheBlocks how many clean blocks of 4096 bytes keep their content in memory, and after how many changed ones a large transaction
 *     begins to write; at least 64
 * @param readOnly whether all changes are refused
 */
public record StoreOptions(int cacheBlocks, boolean readOnly) {
    /** The fewest blocks that leave room for a walk down some trees. */
    public static final int MIN_CACHE_BLOCKS = 64;

    /** 64 MiB of cache, writable. */
    public static final StoreOptions DEFAULT = new StoreOptions(16384, false);

    /** Checks the ranges. */
    public StoreOptions {
        if (cacheBlocks < MIN_CACHE_BLOCKS) {
            throw new IllegalArgumentException(
                    "a cache of " + cacheBlocks + " blocks: at least " + MIN_CACHE_BLOCKS + " are needed");
        }
    }

    /** The same, with another size of the cache. */
    public StoreOptions withCacheBlocks(int blocks) {
        return new StoreOptions(blocks, readOnly);
    }

    /** The same, for reading alone or not. */
    public StoreOptions withReadOnly(boolean only) {
        return new StoreOptions(cacheBlocks, only);
    }
}
