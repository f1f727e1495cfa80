package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.client.Devices.Outcome;
import io.devicemapper.nbd.client.FakeNbdServer.Peer;
import io.devicemapper.nbd.client.FakeNbdServer.Request;
import io.devicemapper.nbd.client.FakeNbdServer.Script;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.TransmissionFlags;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of bios when the connection breaks. */
@Timeout(60)
class ReconnectTest {
    private static Outcome write(BlockDevice device, int flags, long sector, int sectors, long stamp) {
        return Devices.write(device, flags, sector, Devices.stamped(sector, sectors, stamp, stamp % 2 == 0));
    }

    private static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void unansweredRequestsAreSentAgainInTheirOrder() throws Exception {
        List<Long> repeated = new CopyOnWriteArrayList<>();
        Script dies = peer -> {
            peer.negotiate();
            for (int i = 0; i < 6; i++) {
                Request request = peer.receiveRequest();
                if (i == 2) {
                    peer.answer(request);
                }
            }
        };
        Script lives = peer -> {
            peer.negotiate();
            while (true) {
                Request request = peer.receiveRequest();
                repeated.add(request.offset() >> 9);
                peer.carryOut(request);
            }
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, lives);
                BlockDevice device = Devices.open(server.uri())) {
            List<Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                outcomes.add(
                        i % 2 == 0
                                ? Devices.read(device, BioFlags.NONE, i, ByteBuffer.allocate(512))
                                : write(device, BioFlags.NONE, i, 1, i));
            }
            outcomes.forEach(outcome -> assertEquals(BioStatus.OK, outcome.await()));
            assertEquals(List.of(0L, 1L, 3L, 4L, 5L), repeated);
        }
    }

    @Test
    void anOverlappingWriteIsHeldBackUntilTheRepeatedOneIsAnswered() throws Exception {
        CountDownLatch newerSubmitted = new CountDownLatch(1);
        List<String> seen = new CopyOnWriteArrayList<>();
        Script dies = peer -> {
            peer.negotiate();
            peer.receiveRequest(Command.WRITE);
            await(newerSubmitted);
            seen.add("broken");
        };
        Script lives = peer -> {
            peer.negotiate();
            Request old = peer.receiveRequest(Command.WRITE);
            seen.add("old");
            // Nothing that overlaps may come before the answer; what does not overlap does.
            Request other = peer.receiveRequest(Command.WRITE);
            seen.add("other " + (other.offset() >> 9));
            Request read = peer.receiveRequest(Command.READ);
            seen.add("read " + (read.offset() >> 9));
            peer.apply(old);
            peer.answer(old);
            seen.add("answered");
            Request newer = peer.receiveRequest();
            seen.add("newer " + newer.command());
            peer.carryOut(newer);
            Request last = peer.receiveRequest();
            seen.add("last " + last.command());
            peer.carryOut(last);
            peer.carryOut(other);
            peer.carryOut(read);
            peer.serveRequests();
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, lives);
                BlockDevice device = Devices.open(server.uri())) {
            Outcome old = write(device, BioFlags.NONE, 8, 8, 1);
            Outcome newer = write(device, BioFlags.NONE, 15, 2, 2);
            Outcome last = Devices.submit(device, BioOp.WRITE_ZEROES, BioFlags.NONE, 16, 1);
            Outcome other = write(device, BioFlags.NONE, 100, 1, 3);
            Outcome read = Devices.read(device, BioFlags.NONE, 8, ByteBuffer.allocate(512));
            newerSubmitted.countDown();
            for (Outcome outcome : List.of(old, newer, last, other, read)) {
                assertEquals(BioStatus.OK, outcome.await());
            }
            assertEquals(
                    List.of(
                            "broken",
                            "old",
                            "other 100",
                            "read 8",
                            "answered",
                            "newer " + Command.WRITE,
                            "last " + Command.WRITE_ZEROES),
                    seen);
            ByteBuffer content = ByteBuffer.allocate(512);
            device.read(15, content);
            assertEquals(2, content.getLong(0));
            device.read(16, content);
            assertEquals(0, content.getLong(0));
        }
    }

    @Test
    void failFastFailsAtOnceAndTheRestWaits() throws Exception {
        CountDownLatch reconnect = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(1);
        Script dies = peer -> {
            peer.negotiate();
            peer.receiveRequest();
            await(all);
        };
        Script late = peer -> {
            await(reconnect);
            peer.serve();
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, late);
                BlockDevice device = Devices.open(server.uri())) {
            Outcome patient = write(device, BioFlags.NONE, 0, 1, 1);
            Outcome fast = write(device, BioFlags.FAILFAST, 1, 1, 2);
            Outcome heldBack = write(device, BioFlags.FAILFAST, 0, 1, 3);
            all.countDown();
            assertEquals(BioStatus.TRANSPORT, fast.await());
            assertEquals(BioStatus.TRANSPORT, heldBack.await());
            // The connection is down now, and stays so until the test allows the next one.
            assertEquals(
                    BioStatus.TRANSPORT,
                    Devices.read(device, BioFlags.FAILFAST, 0, ByteBuffer.allocate(512))
                            .await());
            Outcome waits = Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512));
            assertFalse(patient.isDone());
            assertFalse(waits.isDone());
            reconnect.countDown();
            assertEquals(BioStatus.OK, patient.await());
            assertEquals(BioStatus.OK, waits.await());
            assertEquals(
                    BioStatus.OK,
                    Devices.read(device, BioFlags.FAILFAST, 0, ByteBuffer.allocate(512))
                            .await());
        }
    }

    @Test
    void theNextFlushAfterALossFailsOnce() throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            write(device, BioFlags.NONE, 0, 1, 1).await();
            drop(server, device);
            assertEquals(BioStatus.MEDIUM, Devices.flush(device).await());
            assertEquals(BioStatus.OK, Devices.flush(device).await());
            // Needless: nothing written since the last good flush, or nothing that a cache could lose.
            drop(server, device);
            assertEquals(BioStatus.OK, Devices.flush(device).await());
            write(device, BioFlags.FUA, 0, 1, 1).await();
            Devices.submit(device, BioOp.DISCARD, BioFlags.NONE, 0, 1).await();
            drop(server, device);
            assertEquals(BioStatus.OK, Devices.flush(device).await());
            write(device, BioFlags.NONE, 0, 1, 1).await();
            assertEquals(BioStatus.OK, Devices.flush(device).await());
            drop(server, device);
            assertEquals(BioStatus.OK, Devices.flush(device).await());
            // A good flush of later writes does not make up for a loss, nor does a second loss report the first one
            // twice.
            Devices.submit(device, BioOp.WRITE_ZEROES, BioFlags.NONE, 0, 1).await();
            drop(server, device);
            drop(server, device);
            write(device, BioFlags.NONE, 0, 1, 1).await();
            assertEquals(BioStatus.MEDIUM, Devices.flush(device).await());
            assertEquals(BioStatus.OK, Devices.flush(device).await());
        }
    }

    /** Breaks the connection, and waits for the next one. */
    private static void drop(FakeNbdServer server, BlockDevice device) throws IOException {
        int before = server.connections();
        server.dropConnections();
        Await.until("a new connection", () -> server.connections() > before);
        device.read(0, ByteBuffer.allocate(512));
    }

    @Test
    void flushesThatWereUnderWayFailAllOrNone() throws Exception {
        CountDownLatch all = new CountDownLatch(1);
        Script dies = peer -> {
            peer.negotiate();
            peer.carryOut(peer.receiveRequest(Command.WRITE));
            peer.receiveRequest(Command.FLUSH);
            await(all);
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            write(device, BioFlags.NONE, 0, 1, 1).await();
            Outcome first = Devices.flush(device);
            Outcome second = Devices.flush(device);
            all.countDown();
            assertEquals(BioStatus.MEDIUM, first.await());
            assertEquals(BioStatus.MEDIUM, second.await());
            assertEquals(BioStatus.OK, Devices.flush(device).await());
        }
        Script diesWithoutWrites = peer -> {
            peer.negotiate();
            peer.receiveRequest(Command.FLUSH);
        };
        try (FakeNbdServer server = new FakeNbdServer(diesWithoutWrites, Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(BioStatus.OK, Devices.flush(device).await());
        }
    }

    @Test
    void aServerThatDiesAtAnyByteOfItsAnswers() throws Exception {
        AtomicLong negotiated = new AtomicLong();
        AtomicLong whole = new AtomicLong();
        try (FakeNbdServer server = new FakeNbdServer(peer -> {
                    peer.negotiate();
                    negotiated.set(peer.bytesSent());
                    try {
                        peer.serveRequests();
                    } finally {
                        whole.set(peer.bytesSent());
                    }
                });
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(BioStatus.OK, useAll(device));
        }
        // Shorter than the smallest answer, so that every one of them is cut.
        int step = Boolean.getBoolean("dm.soak") ? 1 : 13;
        for (long bytes = negotiated.get() + 1; bytes < whole.get(); bytes += step) {
            long lifetime = bytes;
            try (FakeNbdServer server =
                            new FakeNbdServer(peer -> peer.dieAfter(lifetime).serve(), Peer::serve);
                    BlockDevice device = Devices.open(server.uri())) {
                BioStatus flush = useAll(device);
                assertEquals(true, flush == BioStatus.OK || flush == BioStatus.MEDIUM, flush + " at " + bytes);
                assertEquals(2, server.connections());
            }
        }
    }

    /** @return how the flush ended */
    private static BioStatus useAll(BlockDevice device) {
        assertEquals(BioStatus.OK, write(device, BioFlags.NONE, 4, 4, 77).await());
        ByteBuffer payload = ByteBuffer.allocate(4 * 512);
        assertEquals(
                BioStatus.OK, Devices.read(device, BioFlags.NONE, 4, payload).await());
        assertEquals(Devices.stamped(4, 4, 77, false), payload);
        BioStatus flush = Devices.flush(device).await();
        assertEquals(
                BioStatus.OK, Devices.read(device, BioFlags.NONE, 4, payload).await());
        return flush;
    }

    @Test
    void anExportThatChangedIsNotUsed() throws Exception {
        CountDownLatch back = new CountDownLatch(1);
        Script first = peer -> {
            peer.negotiate();
            peer.receiveRequest();
        };
        Script shrunk = peer -> {
            peer.negotiate(FakeNbdServer.SIZE / 2, FakeNbdServer.FLAGS);
            peer.receiveUntilClosed();
        };
        Script readOnly = peer -> {
            peer.negotiate(FakeNbdServer.SIZE, FakeNbdServer.FLAGS | TransmissionFlags.READ_ONLY);
            peer.receiveUntilClosed();
        };
        Script featureless = peer -> {
            peer.negotiate(FakeNbdServer.SIZE, FakeNbdServer.FLAGS & ~TransmissionFlags.SEND_TRIM);
            peer.receiveUntilClosed();
        };
        Script whole = peer -> {
            await(back);
            peer.negotiate(2L * FakeNbdServer.SIZE, FakeNbdServer.FLAGS | TransmissionFlags.SEND_FAST_ZERO);
            peer.serveRequests();
        };
        try (FakeNbdServer server = new FakeNbdServer(first, shrunk, readOnly, featureless, whole);
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(
                    BioStatus.TRANSPORT,
                    Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await());
            assertEquals(
                    BioStatus.TRANSPORT,
                    Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await());
            back.countDown();
            Await.until(
                    "the export as it was",
                    () -> Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await()
                            .isOk());
            assertEquals(5, server.connections());
            assertEquals(FakeNbdServer.SIZE >> 9, device.sectors());
        }
    }

    @Test
    @SuppressWarnings("try") // closing inside is what is tested
    void aServerThatKeepsBreakingTheProtocolIsNotHammered() throws Exception {
        AtomicLong attempts = new AtomicLong();
        Script bad = peer -> {
            peer.negotiate();
            peer.receiveRequest();
            attempts.incrementAndGet();
            peer.send(ByteBuffer.allocate(64));
            peer.receiveUntilClosed();
        };
        long start = System.nanoTime();
        try (FakeNbdServer server = new FakeNbdServer(bad);
                BlockDevice device = Devices.open(server.uri())) {
            Outcome read = Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512));
            Await.until("four attempts", () -> attempts.get() >= 4);
            // At once, after 100 ms, after 200 ms.
            assertEquals(true, System.nanoTime() - start >= 300_000_000L);
            assertFalse(read.isDone());
            device.close();
            assertEquals(BioStatus.TRANSPORT, read.await());
        }
    }

    @Test
    void theWaitForAConnectionCanBeLimited() throws Exception {
        CountDownLatch back = new CountDownLatch(1);
        Script dies = peer -> {
            peer.negotiate();
            peer.receiveRequest();
        };
        Script silent = peer -> {
            await(back);
            peer.serve();
        };
        try (FakeNbdServer server = new FakeNbdServer(dies, silent);
                BlockDevice device = Devices.open(server.uri("&reconnect-timeout=1"))) {
            long start = System.nanoTime();
            Outcome read = Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512));
            assertEquals(BioStatus.TRANSPORT, read.await());
            assertEquals(true, System.nanoTime() - start >= 1_000_000_000L);
            assertEquals(
                    BioStatus.TRANSPORT,
                    Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await());
            back.countDown();
            Await.until(
                    "a connection",
                    () -> Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await()
                            .isOk());
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsLeftIfTheUserSaysSo() throws Exception {
        Script silent = peer -> {
            peer.negotiate();
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(silent, Peer::serve);
                BlockDevice device = Devices.open(server.uri("&request-timeout=1"))) {
            device.read(0, ByteBuffer.allocate(512));
            assertEquals(2, server.connections());
        }
    }

    @Test
    void aServerThatIsAboutToStopIsLeft() throws Exception {
        Script stops = peer -> {
            peer.negotiate();
            peer.replySimple(peer.receiveRequest(Command.WRITE).cookie(), NbdError.ESHUTDOWN);
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(stops, Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(BioStatus.OK, write(device, BioFlags.NONE, 0, 1, 1).await());
            assertEquals(2, server.connections());
        }
    }

    @Test
    void closeTakesLeaveAndFailsWhatIsUnanswered() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        List<String> leave = new CopyOnWriteArrayList<>();
        Script silent = peer -> {
            peer.negotiate();
            peer.receiveRequest(Command.READ);
            received.countDown();
            ByteBuffer header = peer.receive(28);
            leave.add(Command.name(header.getShort(6)));
        };
        try (FakeNbdServer server = new FakeNbdServer(silent)) {
            BlockDevice device = Devices.open(server.uri());
            Outcome read = Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512));
            await(received);
            device.close();
            device.close();
            assertEquals(BioStatus.TRANSPORT, read.await());
            assertEquals(
                    BioStatus.TRANSPORT,
                    Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await());
            assertThrows(IOException.class, () -> device.extents(0, 8, (sector, sectors, type) -> true));
            Await.until("the server to see DISC", () -> leave.contains("DISC"));
        }
    }

    @Test
    @SuppressWarnings("try") // closing inside is what is tested
    void closeFromACompletionAndWhileThereIsNoServer() throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(Peer::serve)) {
            BlockDevice device = Devices.open(server.uri());
            Outcome closed = new Outcome();
            device.submit(Bio.read(0, ByteBuffer.allocate(512), (bio, status) -> {
                try {
                    device.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                closed.ended(bio, status);
            }));
            assertEquals(BioStatus.OK, closed.await());
            device.close();
        }
        // Never answers a request: so it does not matter when the closed server's last connection ends.
        FakeNbdServer server = new FakeNbdServer(Peer::negotiate);
        try (BlockDevice device = Devices.open(server.uri())) {
            server.close();
            Outcome waits = Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512));
            device.close();
            assertEquals(BioStatus.TRANSPORT, waits.await());
        }
    }
}
