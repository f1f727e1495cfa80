package io.devicemapper.targets.cache.torture;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.Version;

/** Promotes and evicts as a test wants it: see {@link PolicyChannel}, whose number is the policy's one value. */
public final class TorturePolicy implements CachePolicy {
    /** For the ServiceLoader. */
    public TorturePolicy() {}

    @Override
    public String name() {
        return "torture";
    }

    @Override
    public Version version() {
        return new Version(1, 0, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public CacheSelection create(CacheGeometry geometry) {
        return new TortureSelection(geometry);
    }
}
