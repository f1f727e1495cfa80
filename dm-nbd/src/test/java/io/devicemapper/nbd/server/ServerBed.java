package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A server on a Unix domain socket in a folder of its own. */
final class ServerBed implements AutoCloseable {
    final Path folder;
    final NbdServer server;

    private ServerBed(Path folder, NbdServer server) {
        this.folder = folder;
        this.server = server;
    }

    static ServerBed of(NbdExports exports, UnaryOperator<NbdServer.Builder> settings) throws IOException {
        Path folder = Files.createTempDirectory("nbds"); // short: a socket's path has at most 107 bytes
        NbdServer.Builder builder = NbdServer.builder(exports).listen(UnixDomainSocketAddress.of(folder.resolve("s")));
        return new ServerBed(folder, settings.apply(builder).start());
    }

    static ServerBed of(NbdExports exports) throws IOException {
        return of(exports, settings -> settings);
    }

    static ServerBed of(BlockDevice disk) throws IOException {
        return of(NbdExports.of(Map.of("disk", disk)));
    }

    SocketAddress address() {
        return server.addresses().get(0);
    }

    String uri(String export) {
        return "nbd+unix:///" + export + "?socket=" + folder.resolve("s");
    }

    RawClient greeted() throws IOException {
        return RawClient.greeted(address());
    }

    RawClient simple() throws IOException {
        return RawClient.simple(address(), "disk");
    }

    RawClient structured() throws IOException {
        return RawClient.structured(address(), "disk");
    }

    /** Waits until so many clients are connected. */
    void awaitConnections(int count) {
        await("connections to be " + count, () -> server.connections() == count);
    }

    static void await(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > 20_000_000_000L) {
                throw new AssertionError("waited in vain for " + what);
            }
            LockSupport.parkNanos(200_000);
        }
    }

    /** A new client gets an answer. */
    void assertServes() throws IOException {
        try (RawClient client = simple()) {
            assertEquals(512, client.read(0, 512).length);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        assertEquals(0, server.connections(), "connections after close");
        Files.delete(folder);
    }
}
