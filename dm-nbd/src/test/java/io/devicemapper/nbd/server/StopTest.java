package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.HeldBios;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a server starts and stops. */
@Timeout(30)
class StopTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestDevice disk = new TestDevice(1 << 20);
    private final FaultDevice faults = new FaultDevice(disk);

    private static CompletableFuture<Void> closeInBackground(NbdServer server) {
        return CompletableFuture.runAsync(() -> {
            try {
                server.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void requestsUnderWayEndAndNewOnesAreToldToGo() throws Exception {
        ServerBed bed = ServerBed.of(faults);
        HeldBios held = faults.hold(BioMatch.any());
        try (RawClient client = bed.simple();
                RawClient idle = bed.simple();
                RawClient greeted = bed.greeted()) {
            client.request(Command.READ, 0, 1, 0, 512);
            held.awaitCount(1, SOON);
            CompletableFuture<Void> closed = closeInBackground(bed.server);
            idle.awaitHangUp();
            assertThrows(IOException.class, bed::greeted, "nobody is let in");
            client.write(0, 2, 0, new byte[512]);
            assertEquals(NbdError.ESHUTDOWN, client.error(2));
            assertFalse(closed.isDone());
            assertEquals("ERR_SHUTDOWN", greeted.askOne(OptionCode.GO, RawClient.goData("disk")));
            greeted.vanish();
            held.remove();
            held.release();
            assertEquals(0, client.error(1));
            client.receive(512);
            client.awaitHangUp();
            client.vanish();
            closed.get();
        }
        assertFalse(Files.exists(bed.folder.resolve("s")), "the socket's file is gone");
        bed.close();
    }

    @Test
    void whatDoesNotEndIsCutOff() throws Exception {
        ServerBed bed = ServerBed.of(
                NbdExports.of(Map.of("disk", faults)), settings -> settings.stopTimeout(Duration.ofMillis(100)));
        HeldBios held = faults.hold(BioMatch.any());
        try (RawClient client = bed.simple();
                RawClient deaf = bed.simple();
                RawClient silent = RawClient.connect(bed.address())) {
            client.request(Command.READ, 0, 1, 0, 512);
            held.awaitCount(1, SOON);
            held.remove();
            for (int i = 0; i < 20; i++) {
                deaf.request(Command.READ, 0, i, 0, 1 << 20);
            }
            long begin = System.nanoTime();
            bed.server.close();
            assertTrue(System.nanoTime() - begin < 10_000_000_000L, "bounded");
            client.awaitHangUp();
            silent.awaitHangUp();
            assertEquals(1, bed.server.connections(), "the one whose request is still in the device");
        }
        held.end(BioStatus.OK);
        bed.awaitConnections(0);
        bed.close();
    }

    @Test
    void closeIsIdempotentAndEndsAtAnInterrupt() throws Exception {
        ServerBed bed = ServerBed.of(faults);
        HeldBios held = faults.hold(BioMatch.any());
        try (RawClient client = bed.simple()) {
            client.request(Command.READ, 0, 1, 0, 512);
            held.awaitCount(1, SOON);
            Thread closer = new Thread(() -> {
                Thread.currentThread().interrupt();
                try {
                    bed.server.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            closer.start();
            closer.join();
            client.awaitHangUp();
        }
        held.release();
        bed.awaitConnections(0);
        bed.close();
    }

    @Test
    void listensOnSeveralAddresses() throws Exception {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ServerBed bed = ServerBed.of(
                NbdExports.of(Map.of("disk", disk)),
                settings -> settings.listen(anyPort).listen(anyPort))) {
            assertEquals(3, bed.server.addresses().size());
            InetSocketAddress second =
                    (InetSocketAddress) bed.server.addresses().get(1);
            InetSocketAddress third = (InetSocketAddress) bed.server.addresses().get(2);
            assertTrue(second.getPort() != 0 && third.getPort() != 0 && second.getPort() != third.getPort());
            try (RawClient one = bed.simple();
                    RawClient two = RawClient.simple(second, "disk");
                    RawClient three = RawClient.simple(third, "")) {
                two.write(0, 1, 512, new byte[] {1, 2, 3});
                assertEquals(0, two.error(1));
                assertArrayEquals(new byte[] {1, 2, 3}, one.read(512, 3));
                assertArrayEquals(new byte[] {1, 2, 3}, three.read(512, 3));
            }
        }
    }

    @Test
    void aSocketFileThatNobodyListensAtIsReplaced() throws Exception {
        Path folder = Files.createTempDirectory("nbds");
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        dead.bind(address);
        IOException busy = assertThrows(
                IOException.class,
                () -> NbdServer.builder(NbdExports.of(Map.of())).listen(address).start());
        assertEquals("cannot listen on " + address + ": another server listens there", busy.getMessage());
        dead.close(); // which leaves its file behind
        assertTrue(Files.exists(address.getPath()));
        try (NbdServer server = NbdServer.builder(NbdExports.of(Map.of("disk", disk)))
                .listen(address)
                .start()) {
            try (RawClient client = RawClient.simple(server.addresses().get(0), "disk")) {
                assertEquals(512, client.read(0, 512).length);
            }
        }
        Files.createFile(address.getPath());
        IOException file = assertThrows(
                IOException.class,
                () -> NbdServer.builder(NbdExports.of(Map.of())).listen(address).start());
        assertTrue(file.getMessage().startsWith("cannot listen on " + address + ": "), file::getMessage);
        assertTrue(Files.exists(address.getPath()), "what is no socket is left alone");
        Files.delete(address.getPath());
        Files.delete(folder);
    }

    @Test
    void allAddressesOrNone() throws Exception {
        try (NbdServer first = NbdServer.builder(NbdExports.of(Map.of()))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .start()) {
            InetSocketAddress taken = (InetSocketAddress) first.addresses().get(0);
            Path folder = Files.createTempDirectory("nbds");
            UnixDomainSocketAddress unix = UnixDomainSocketAddress.of(folder.resolve("s"));
            IOException failure = assertThrows(
                    IOException.class,
                    () -> NbdServer.builder(NbdExports.of(Map.of()))
                            .listen(unix)
                            .listen(taken)
                            .start());
            assertTrue(failure.getMessage().contains(String.valueOf(taken.getPort())), failure::getMessage);
            Files.delete(folder); // so it is empty
        }
    }
}
