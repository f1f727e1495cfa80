package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.Bio;
import io.devicemapper.testkit.DeviceModel;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * A kernel that takes over what a power cut has left: with CLEAN_SHUTDOWN it copies the dirty blocks to the origin, without it all that are valid.
 * Whatever had been flushed must then be on the origin; and a block that is not dirty must be what the origin has.
 */
final class KernelTakeover {
    private final MetadataImage image;
    private final DeviceModel cache;
    private final DeviceModel origin;

    /** Takes the devices over; the models are its own. */
    KernelTakeover(MetadataImage image, DeviceModel cache, DeviceModel origin) {
        this.image = image;
        this.cache = cache;
        this.origin = origin;
    }

    void check(WriteHistory history, int blockSectors, String when) {
        Set<Long> seen = new HashSet<>();
        for (MetadataImage.Mapping mapping : image.mappings()) {
            boolean plausible = mapping.originBlock() >= 0
                    && (mapping.originBlock() + 1) * blockSectors <= origin.sectors()
                    && (mapping.cacheBlock() + 1) * blockSectors <= cache.sectors();
            if (!plausible || !seen.add(mapping.originBlock())) {
                throw new AssertionError(when + ": " + mapping + " is out of range, or one of two for its block");
            }
            ByteBuffer content = ByteBuffer.allocate(blockSectors * Bio.SECTOR_SIZE);
            cache.read(mapping.cacheBlock() * blockSectors, content);
            boolean copied = !image.needsCheck() && (mapping.dirty() || !image.cleanShutdown());
            if (copied) {
                origin.write(mapping.originBlock() * blockSectors, content);
            } else if (!image.needsCheck()) {
                requireSame(mapping, content, blockSectors, history, when);
            }
        }
        ByteBuffer sector = ByteBuffer.allocate(Bio.SECTOR_SIZE);
        for (long s = 0; s < history.size(); s++) {
            origin.read(s, sector);
            history.checkAfterCut(s, sector, when + ", on the origin after a kernel's takeover of " + image);
        }
    }

    private void requireSame(
            MetadataImage.Mapping mapping, ByteBuffer cached, int blockSectors, WriteHistory history, String when) {
        ByteBuffer there = ByteBuffer.allocate(blockSectors * Bio.SECTOR_SIZE);
        origin.read(mapping.originBlock() * blockSectors, there);
        int at = cached.mismatch(there);
        if (at >= 0) {
            int index = at >> Bio.SECTOR_SHIFT;
            long sector = mapping.originBlock() * blockSectors + index;
            throw new AssertionError(
                    when + ": sector " + sector + " of " + mapping + " is not dirty, yet the cache has "
                            + SectorStamp.identify(cached, index << Bio.SECTOR_SHIFT, sector) + ", and the origin "
                            + SectorStamp.identify(there, index << Bio.SECTOR_SHIFT, sector) + "; "
                            + history.describe(sector));
        }
    }
}
