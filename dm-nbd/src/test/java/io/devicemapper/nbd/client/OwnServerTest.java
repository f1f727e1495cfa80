package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.client.Devices.Outcome;
import io.devicemapper.nbd.server.NbdExports;
import io.devicemapper.nbd.server.NbdServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against the server of this module. */
@Timeout(60)
class OwnServerTest {
    private Path folder;
    private BlockDevice ram;

    @BeforeEach
    void open() throws IOException {
        folder = Files.createTempDirectory("nbd");
        ram = Devices.open("ram:own?size=64M");
    }

    @AfterEach
    void close() throws IOException {
        ram.close();
        Files.delete(folder);
    }

    private NbdServer serve(String name, BlockDevice device) throws IOException {
        return NbdServer.builder(NbdExports.of(Map.of("disk", device)))
                .listen(UnixDomainSocketAddress.of(folder.resolve(name)))
                .start();
    }

    private String uri(String name) {
        return "nbd+unix:///disk?socket=" + folder.resolve(name);
    }

    @Test
    void data() throws IOException {
        try (NbdServer server = serve("s", ram);
                BlockDevice device = Devices.open(uri("s"))) {
            assertEquals(1, server.connections());
            assertEquals(ram.sectors(), device.sectors());
            NbdPeersTest.checkData(device, true);
        }
    }

    @Test
    void dataOverTcp() throws IOException {
        try (NbdServer server = NbdServer.builder(NbdExports.of(Map.of("disk", ram)))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .start()) {
            int port = ((InetSocketAddress) server.addresses().get(0)).getPort();
            try (BlockDevice device = Devices.open("nbd://localhost:" + port)) {
                NbdPeersTest.checkData(device, false);
            }
        }
    }

    @Test
    void anExportOfAnExport() throws IOException {
        try (NbdServer inner = serve("a", ram);
                BlockDevice near = Devices.open(uri("a"));
                NbdServer outer = serve("b", near);
                BlockDevice device = Devices.open(uri("b"))) {
            assertEquals(1, inner.connections());
            assertEquals(1, outer.connections());
            NbdPeersTest.checkData(device, true);
            List<Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                outcomes.add(Devices.write(device, BioFlags.NONE, i * 3L, Devices.stamped(i * 3L, 3, i, i % 2 == 0)));
            }
            outcomes.forEach(outcome -> assertEquals(BioStatus.OK, outcome.await()));
            assertEquals(List.of("0+3000"), ranges(device));
            ByteBuffer content = ByteBuffer.allocate(3 * 512);
            for (int i = 0; i < 1000; i++) {
                ram.read(i * 3L, content);
                assertEquals(Devices.stamped(i * 3L, 3, i, false), content);
            }
        }
    }

    private static List<String> ranges(BlockDevice device) throws IOException {
        List<String> ranges = new ArrayList<>();
        device.extents(0, 3000, (sector, sectors, type) -> ranges.add(sector + "+" + sectors));
        return ranges;
    }

    @Test
    void aServerThatStopsAndComesBack() throws IOException {
        NbdServer server = serve("s", ram);
        try (BlockDevice device = Devices.open(uri("s"))) {
            for (long round = 1; round <= 5; round++) {
                List<Outcome> outcomes = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    outcomes.add(Devices.write(device, BioFlags.NONE, i, Devices.stamped(i, 1, round, false)));
                }
                server.close();
                server = serve("s", ram);
                outcomes.forEach(outcome -> assertEquals(BioStatus.OK, outcome.await()));
                ByteBuffer content = ByteBuffer.allocate(200 * 512);
                device.read(0, content);
                assertEquals(Devices.stamped(0, 200, round, false), content);
            }
        } finally {
            server.close();
        }
    }
}
