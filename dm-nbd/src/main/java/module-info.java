/** NBD, as server and as client. */
module io.devicemapper.nbd {
    requires transitive io.devicemapper.api;

    exports io.devicemapper.nbd.server;

    provides io.devicemapper.block.BlockDeviceProvider with
            io.devicemapper.nbd.client.NbdDeviceProvider.Tcp,
            io.devicemapper.nbd.client.NbdDeviceProvider.Unix,
            io.devicemapper.nbd.client.NbdDeviceProvider.TcpTls,
            io.devicemapper.nbd.client.NbdDeviceProvider.UnixTls;
}
