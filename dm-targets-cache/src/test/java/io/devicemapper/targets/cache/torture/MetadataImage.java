package io.devicemapper.targets.cache.torture;

import java.util.List;

/**
 * What the metadata says to somebody who takes the cache over, in the kernel's terms.
 *
 * @param formatted whether there is any; if not, all else is empty
 * @param cleanShutdown whether the dirty bits can be relied upon
 * @param needsCheck whether nobody may use it before a check
 * @param mappings the valid ones
 */
record MetadataImage(boolean formatted, boolean cleanShutdown, boolean needsCheck, List<Mapping> mappings) {
    /** A cache block that holds an origin block. */
    record Mapping(long cacheBlock, long originBlock, boolean dirty) {}
}
