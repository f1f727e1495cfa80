package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.Doubt;
import io.devicemapper.nbd.client.FakeNbdServer.Peer;
import io.devicemapper.nbd.client.FakeNbdServer.Script;
import io.devicemapper.nbd.protocol.Command;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of FAILFAST writes that were lost with a connection: whether the server may still carry them out. */
@Timeout(60)
class LostWritesTest {
    /** Writes a sector with FAILFAST, which must fail with TRANSPORT. */
    private static Bio lose(BlockDevice device) throws Exception {
        CompletableFuture<Bio> lost = new CompletableFuture<>();
        Bio write = Bio.write(8, BioFlags.FAILFAST, ByteBuffer.allocate(512), (bio, status) -> {
            assertEquals(BioStatus.TRANSPORT, status);
            lost.complete(bio);
        });
        device.submit(write);
        return lost.get();
    }

    @Test
    void aServerThatClosedTheConnectionLeavesNoDoubt() throws Exception {
        Script dies = peer -> {
            peer.negotiate();
            peer.receiveRequest(Command.WRITE);
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            long losses = device.cacheLosses();
            assertNull(lose(device).doubt());
            assertEquals(losses + 1, device.cacheLosses());
        }
    }

    @Test
    void aSilentServerLeavesADoubtUntilItHasClosedTheConnection() throws Exception {
        CountDownLatch goesOn = new CountDownLatch(1);
        Script silent = peer -> {
            peer.negotiate();
            peer.receiveRequest(Command.WRITE);
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            // Only now does the server see that the client has taken leave.
            peer.receiveRequest(Command.DISC);
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(silent, Peer::serve);
                BlockDevice device = Devices.open(server.uri("&request-timeout=1"))) {
            Doubt doubt = lose(device).doubt();
            assertFalse(doubt.isOver());
            device.read(0, ByteBuffer.allocate(512)); // over the next connection
            assertFalse(doubt.isOver(), "a new connection says nothing about what the old one brought");
            CompletableFuture<Void> over = new CompletableFuture<>();
            doubt.whenOver(() -> over.complete(null));
            goesOn.countDown();
            over.get();
        }
    }

    @Test
    void whatWasNeverSentLeavesNoDoubt() throws Exception {
        CountDownLatch reconnect = new CountDownLatch(1);
        Script dies = Peer::negotiate;
        Script waits = peer -> {
            try {
                reconnect.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            peer.serve();
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, waits);
                BlockDevice device = Devices.open(server.uri())) {
            Await.until("the connection to be lost", () -> device.cacheLosses() == 1);
            assertNull(lose(device).doubt());
            reconnect.countDown();
        }
    }

    @Test
    void closingTheDeviceDoesNotEndADoubt() throws Exception {
        CountDownLatch goesOn = new CountDownLatch(1);
        CountDownLatch received = new CountDownLatch(1);
        Script silent = peer -> {
            peer.negotiate();
            peer.receiveRequest(Command.WRITE);
            received.countDown();
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(silent)) {
            BlockDevice device = Devices.open(server.uri());
            CompletableFuture<Bio> lost = new CompletableFuture<>();
            device.submit(
                    Bio.write(8, BioFlags.FAILFAST, ByteBuffer.allocate(512), (bio, status) -> lost.complete(bio)));
            received.await();
            device.close();
            Doubt doubt = lost.get().doubt();
            assertFalse(doubt.isOver());
            CompletableFuture<Void> over = new CompletableFuture<>();
            doubt.whenOver(() -> over.complete(null));
            goesOn.countDown();
            over.get();
        }
    }
}
