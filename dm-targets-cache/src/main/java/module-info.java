/** The target {@code cache}, its replacement policies, and {@code dm cache-sim}, which measures these on traces. */
module io.devicemapper.targets.cache {
    requires io.devicemapper.api;
    requires io.devicemapper.persistent;
    requires java.xml;

    uses io.devicemapper.block.BlockDeviceProvider;
    uses io.devicemapper.cache.CachePolicy;

    provides io.devicemapper.cache.CachePolicy with
            io.devicemapper.targets.cache.policy.CleanerPolicy,
            io.devicemapper.targets.cache.policy.LruPolicy,
            io.devicemapper.targets.cache.policy.MqPolicy,
            io.devicemapper.targets.cache.policy.SmqPolicy;
    provides io.devicemapper.target.TargetType with
            io.devicemapper.targets.cache.CacheType;
    provides java.util.spi.ToolProvider with
            io.devicemapper.targets.cache.metadata.tool.MetaTool,
            io.devicemapper.targets.cache.sim.CacheSimTool;
}
