package io.devicemapper.cache;

/**
 * A block that is to come into the cache, one that is to leave it, or both: the second then makes room for the first. Blocks are
 * origin blocks.
 *
 * @param promoted the block to copy into the cache, which it is not in; or {@link #NONE}
 * @param evicted the block to drop, which is in the cache; or {@link #NONE}, and then a promotion goes to a cache block that is free
 */
public record Migration(long promoted, long evicted) {
    /** In the place of a block where there is none. */
    public static final long NONE = -1;

    /**
     * Checks the blocks.
     *
     * @throws IllegalArgumentException if both are {@link #NONE} or the same, or one is negative otherwise
     */
    public Migration {
        if (promoted < NONE || evicted < NONE || promoted == evicted) {
            throw new IllegalArgumentException("no migration promotes " + promoted + " and evicts " + evicted);
        }
    }

    /** Brings a block into a cache block that is free. */
    public static Migration promote(long originBlock) {
        return new Migration(originBlock, NONE);
    }

    /** Brings a block into the place of another. */
    public static Migration replace(long evicted, long promoted) {
        return new Migration(promoted, evicted);
    }

    /** Drops a block. */
    public static Migration evict(long originBlock) {
        return new Migration(NONE, originBlock);
    }

    /** Whether a block comes into the cache. */
    public boolean promotes() {
        return promoted != NONE;
    }

    /** Whether a block leaves the cache. */
    public boolean evicts() {
        return evicted != NONE;
    }
}
