/** Replacement policies for a cache on a fast device, and {@code dm cache-sim}, which measures them on traces. */
module io.devicemapper.targets.cache {
    requires io.devicemapper.api;
    requires io.devicemapper.persistent;

    uses io.devicemapper.cache.CachePolicy;

    provides io.devicemapper.cache.CachePolicy with
            io.devicemapper.targets.cache.policy.LruPolicy,
            io.devicemapper.targets.cache.policy.SmqPolicy;
    provides java.util.spi.ToolProvider with
            io.devicemapper.targets.cache.sim.CacheSimTool;
}
