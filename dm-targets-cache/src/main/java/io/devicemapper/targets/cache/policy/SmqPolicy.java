package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.Version;

/**
 * The default policy. Its name and version are those of the kernel's default, so that tables and metadata fit both; the algorithm is
 * our own ({@link SmqSelection}). Hints are levels from 0 to 63 with the hottest on top, as the kernel's are.
 */
public final class SmqPolicy implements CachePolicy {
    /** For the ServiceLoader. */
    public SmqPolicy() {}

    @Override
    public String name() {
        return "smq";
    }

    @Override
    public Version version() {
        return new Version(2, 0, 0);
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public CacheSelection create(CacheGeometry geometry) {
        return new SmqSelection(geometry);
    }
}
