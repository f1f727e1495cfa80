/** The targets that the kernel has in dm-mod itself. */
module io.devicemapper.targets.linear {
    requires io.devicemapper.api;

    provides io.devicemapper.target.TargetType with
            io.devicemapper.targets.linear.ErrorTarget,
            io.devicemapper.targets.linear.LinearTarget,
            io.devicemapper.targets.linear.StripedTarget,
            io.devicemapper.targets.linear.ZeroTarget;
}
