package io.devicemapper.targets.cache;

import io.devicemapper.target.DmDev;
import io.devicemapper.targets.cache.metadata.CacheMetadata;

/**
 * How full a cache is, and whether it may change, in the words of INFO status.
 *
 * @param metadata metadata blocks in use, a slash, and how many there are
 * @param residents cache blocks in use
 * @param mode {@code rw} or {@code ro}, which says whether the metadata is written, and {@code needs_check} or {@code -}
 */
record Occupancy(String metadata, int residents, String mode) {
    private static final int METADATA_BLOCK_SECTORS = 8;

    /** Of a cache in service, or of one that has just gone out of it. */
    static Occupancy of(Cache cache) {
        return new Occupancy(
                cache.attachment().usage(),
                cache.map().residents(),
                cache.attachment().info());
    }

    /** Where nothing is known yet. */
    static Occupancy ofNothing(DmDev metadata, boolean readOnly) {
        return new Occupancy("0/" + metadata.sectors() / METADATA_BLOCK_SECTORS, 0, mode(readOnly, false));
    }

    /** Of metadata that a read-only table has looked at: no block of the cache is used. */
    static Occupancy ofReadOnly(CacheMetadata metadata) {
        return new Occupancy(
                metadata.usedBlocks() + "/" + metadata.totalBlocks(), 0, mode(true, metadata.needsCheck()));
    }

    /** The mode, as the kernel writes it. */
    static String mode(boolean readOnly, boolean needsCheck) {
        return (readOnly ? "ro " : "rw ") + (needsCheck ? "needs_check" : "-");
    }
}
