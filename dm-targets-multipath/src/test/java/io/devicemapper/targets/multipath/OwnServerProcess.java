package io.devicemapper.targets.multipath;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.nbd.server.NbdExports;
import io.devicemapper.nbd.server.NbdServer;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A process that serves a file, until it is killed or its parent is gone. */
final class OwnServerProcess {
    private OwnServerProcess() {}

    /**
     * Serves.
     *
     * @param args the socket and the file
     */
    public static void main(String[] args) throws Exception {
        Path file = Path.of(args[1]);
        long sectors = Files.size(file) / 512;
        try (DeviceMapper deviceMapper = DeviceMapper.open()) {
            MappedDevice device = deviceMapper.create("disk", "0 " + sectors + " linear " + file + " 0");
            try (NbdServer server = NbdServer.builder(NbdExports.of(Map.of("", device)))
                    .listen(UnixDomainSocketAddress.of(args[0]))
                    .start()) {
                System.out.println("serving " + file + " at " + server.addresses());
                ProcessHandle.current().parent().orElseThrow().onExit().join();
            }
        }
    }
}
