package io.devicemapper.nbd.client;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.server.NbdExports;
import io.devicemapper.nbd.server.NbdServer;
import io.devicemapper.testkit.BlockDeviceConformanceTest;
import io.devicemapper.testkit.DeviceRequest;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The client, with the server of this module at the other end. */
class NbdDeviceConformanceTest extends BlockDeviceConformanceTest {
    @Override
    protected BlockDevice open(DeviceRequest request) throws IOException {
        Path socket = Files.createTempDirectory(request.folder(), "s").resolve("s");
        request.closeAfter(NbdServer.builder(
                        NbdExports.of(Map.of("disk", request.disk(request.name(), request.sectors()))))
                .listen(UnixDomainSocketAddress.of(socket))
                .start());
        return Devices.open("nbd+unix:///disk?socket=" + socket, request.readOnly());
    }
}
