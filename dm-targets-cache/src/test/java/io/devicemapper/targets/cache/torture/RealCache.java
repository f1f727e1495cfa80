package io.devicemapper.targets.cache.torture;

import io.devicemapper.target.TargetType;
import io.devicemapper.targets.cache.CacheType;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.CacheSuperblock;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import io.devicemapper.targets.cache.metadata.Provenance;
import io.devicemapper.testkit.DeviceModel;
import io.devicemapper.testkit.ModelDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The target {@code cache} itself. */
final class RealCache implements Subject {
    @Override
    public TargetType<?> type() {
        return new CacheType();
    }

    @Override
    public MetadataImage read(DeviceModel content) throws Exception {
        ModelDevice device = new ModelDevice("metadata", content, ModelDevice.LIMITS);
        Optional<CacheSuperblock> superblock = CacheMetadata.inspect(device);
        if (superblock.isEmpty()) {
            return new MetadataImage(false, false, false, List.of());
        }
        List<MetadataImage.Mapping> mappings = new ArrayList<>();
        boolean detached = superblock.get().provenance() == Provenance.DETACHED;
        try (CacheMetadata metadata = CacheMetadata.openReadOnly(device)) {
            metadata.load(
                    PolicyIdentity.NONE,
                    (cacheBlock, originBlock, marked, hint, hintValid) ->
                            mappings.add(new MetadataImage.Mapping(cacheBlock, originBlock, marked)));
        }
        return new MetadataImage(true, superblock.get().isClean(), detached, mappings);
    }
}
