package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.Version;

/**
 * {@link SmqPolicy} by the name of the kernel's older policy, for tables that have that name and its settings. As in the kernel, which has
 * replaced it in the same way, the settings are taken, change nothing, and are shown as 0; and status and metadata say {@code mq}.
 */
public final class MqPolicy implements CachePolicy {
    /** For the ServiceLoader. */
    public MqPolicy() {}

    @Override
    public String name() {
        return "mq";
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
        return new MqSelection(geometry);
    }
}
