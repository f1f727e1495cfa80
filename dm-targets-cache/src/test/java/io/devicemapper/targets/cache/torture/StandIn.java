package io.devicemapper.targets.cache.torture;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.DeviceModel;

/** The stand-in, right or with a mistake. */
record StandIn(Mistake mistake) implements Subject {
    @Override
    public TargetType<?> type() {
        return new StandInCache(mistake);
    }

    @Override
    public MetadataImage read(DeviceModel metadata) {
        return StandInCache.image(metadata);
    }
}
