package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.Version;

/** Least recently used, for comparison: every miss is brought in, and replaces what was not used for longest. */
public final class LruPolicy implements CachePolicy {
    /** For the ServiceLoader. */
    public LruPolicy() {}

    @Override
    public String name() {
        return "lru";
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
        return new LruSelection(geometry);
    }
}
