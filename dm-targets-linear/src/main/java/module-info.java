/** The targets that the kernel has in dm-mod itself. */
module io.devicemapper.targets.linear {
    requires io.devicemapper.api;
}
