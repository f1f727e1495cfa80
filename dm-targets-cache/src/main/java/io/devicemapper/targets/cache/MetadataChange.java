package io.devicemapper.targets.cache;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;

/** Something that is to become durable in the metadata. The {@link Committer} calls, one change at a time, on its thread. */
interface MetadataChange {
    /** Makes the change part of the open transaction. */
    void apply(CacheMetadata metadata) throws MetadataException;

    /**
     * Whether a crash from now on finds the change, or finds a cache that is dropped as a whole.
     *
     * @param durable whether that is so; otherwise the metadata says what it said before
     */
    void settled(boolean durable);

    /** Whether the change is worth nothing where no metadata is kept any more. By default it is not. */
    default boolean needsMetadata() {
        return false;
    }
}
