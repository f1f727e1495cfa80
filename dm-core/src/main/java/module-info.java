/** Tables, mapped devices and the bio engine. */
module io.devicemapper.core {
    requires transitive io.devicemapper.api;
    requires com.sun.jna;
    requires java.management;
    requires jdk.unsupported;
    requires jdk.management;

    exports io.devicemapper.core;
    exports io.devicemapper.core.device;

    uses io.devicemapper.block.BlockDeviceProvider;
    uses io.devicemapper.target.TargetType;

    provides io.devicemapper.block.BlockDeviceProvider with
            io.devicemapper.core.device.FileDeviceProvider,
            io.devicemapper.core.device.RamDeviceProvider;
}
