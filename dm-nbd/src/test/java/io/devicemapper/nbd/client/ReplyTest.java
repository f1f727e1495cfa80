package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.client.Devices.Outcome;
import io.devicemapper.nbd.client.FakeNbdServer.Peer;
import io.devicemapper.nbd.client.FakeNbdServer.Request;
import io.devicemapper.nbd.client.FakeNbdServer.Script;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Replies of every shape that the protocol allows, and of shapes that it does not. */
@Timeout(60)
class ReplyTest {
    private static final int DONE = ChunkType.FLAG_DONE;

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** Reads 2048 bytes at 4096 from a server whose answer to that is a script. */
    private static Outcome read(BlockDevice device, ByteBuffer payload) {
        return Devices.read(device, BioFlags.NONE, 8, payload);
    }

    @Test
    void chunksInAnyOrderWithHoles() throws Exception {
        Script script = peer -> {
            peer.negotiate();
            long cookie = peer.receiveRequest(Command.READ).cookie();
            peer.replyData(cookie, 0, 4096 + 1024, bytes(512, 3));
            peer.replyHole(cookie, 0, 4096 + 512, 512);
            peer.replyData(cookie, 0, 4096 + 1537, bytes(511, 5));
            peer.replyData(cookie, 0, 4096, bytes(512, 1));
            peer.replyData(cookie, 0, 4096 + 1536, bytes(1, 4));
            peer.replyDone(cookie);
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            ByteBuffer payload = ByteBuffer.wrap(bytes(2048, 9));
            assertEquals(BioStatus.OK, read(device, payload).await());
            ByteBuffer expected = ByteBuffer.allocate(2048)
                    .put(bytes(512, 1))
                    .put(bytes(512, 0))
                    .put(bytes(512, 3))
                    .put(bytes(1, 4))
                    .put(bytes(511, 5))
                    .flip();
            assertEquals(expected, payload);
        }
    }

    @Test
    void repliesOfTwoReadsInterleaved() throws Exception {
        Script script = peer -> {
            peer.negotiate();
            Request first = peer.receiveRequest(Command.READ);
            Request second = peer.receiveRequest(Command.READ);
            peer.replyData(second.cookie(), 0, second.offset(), bytes(512, 1));
            peer.replyData(first.cookie(), 0, first.offset() + 512, bytes(512, 2));
            peer.replyData(second.cookie(), DONE, second.offset() + 512, bytes(512, 3));
            peer.replyData(first.cookie(), DONE, first.offset(), bytes(512, 4));
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            ByteBuffer a = ByteBuffer.allocate(1024);
            ByteBuffer b = ByteBuffer.allocateDirect(1024);
            Outcome first = Devices.read(device, BioFlags.NONE, 0, a);
            Outcome second = Devices.read(device, BioFlags.NONE, 2, b);
            assertEquals(BioStatus.OK, first.await());
            assertEquals(BioStatus.OK, second.await());
            assertEquals(
                    List.of(4, 2, 1, 3), List.of((int) a.get(0), (int) a.get(512), (int) b.get(0), (int) b.get(512)));
        }
    }

    @Test
    void errorChunks() throws Exception {
        Script script = peer -> {
            peer.negotiate();
            long cookie = peer.receiveRequest(Command.READ).cookie();
            peer.replyData(cookie, 0, 4096, bytes(512, 1));
            peer.replyError(cookie, 0, NbdError.EIO, "the disk is on fire");
            peer.replyError(cookie, 0, NbdError.ENOSPC, "not the first");
            peer.replyDone(cookie);
            cookie = peer.receiveRequest(Command.WRITE).cookie();
            peer.replyError(cookie, DONE, NbdError.EPERM, "");
            cookie = peer.receiveRequest(Command.READ).cookie();
            peer.replyChunk(
                    cookie,
                    DONE,
                    ChunkType.ERROR_OFFSET,
                    ByteBuffer.allocate(14)
                            .putInt(NbdError.EIO)
                            .putShort((short) 0)
                            .putLong(4096)
                            .flip());
            cookie = peer.receiveRequest(Command.WRITE_ZEROES).cookie();
            peer.replySimple(cookie, 12345);
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(
                    BioStatus.TARGET, read(device, ByteBuffer.allocate(2048)).await());
            assertEquals(
                    BioStatus.NOT_PERMITTED,
                    Devices.write(device, BioFlags.NONE, 0, ByteBuffer.allocate(512))
                            .await());
            assertEquals(
                    BioStatus.TARGET, read(device, ByteBuffer.allocate(2048)).await());
            assertEquals(
                    BioStatus.TARGET,
                    Devices.submit(device, BioOp.WRITE_ZEROES, 0, 0, 1).await());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void flagsAndCommandsOnTheWire() throws Exception {
        List<String> seen = new ArrayList<>();
        Script script = peer -> {
            peer.negotiate(FakeNbdServer.SIZE, FakeNbdServer.FLAGS | 1 << 11);
            while (true) {
                Request request = peer.receiveRequest();
                seen.add(Command.name(request.command()) + " " + request.flags() + " " + request.offset() + "+"
                        + request.length());
                peer.answer(request);
            }
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            Devices.write(device, BioFlags.FUA, 3, ByteBuffer.allocate(1024)).await();
            Devices.submit(device, BioOp.WRITE_ZEROES, BioFlags.NOUNMAP | BioFlags.FAST_ONLY, 4, 5)
                    .await();
            Devices.submit(device, BioOp.DISCARD, BioFlags.FAILFAST, 6, 7).await();
            Devices.flush(device).await();
            Devices.read(device, BioFlags.FUA, 8, ByteBuffer.allocate(512)).await();
        }
        assertEquals(
                List.of(
                        "WRITE " + CommandFlags.FUA + " 1536+1024",
                        "WRITE_ZEROES " + (CommandFlags.NO_HOLE | CommandFlags.FAST_ZERO) + " 2048+2560",
                        "TRIM 0 3072+3584",
                        "FLUSH 0 0+0",
                        "READ 0 4096+512"),
                seen);
    }

    /** What a server must not do in answer to a read of 2048 bytes at 4096. */
    private enum Breach {
        WRONG_MAGIC((peer, request) -> peer.send(ByteBuffer.allocate(20))),
        UNKNOWN_COOKIE((peer, request) -> peer.replyDone(request.cookie() + 1)),
        COOKIE_OF_AN_EARLIER_USE((peer, request) -> peer.replyDone(request.cookie() - 128)),
        SIMPLE_REPLY((peer, request) -> peer.replySimple(request.cookie(), 0)),
        NO_DATA((peer, request) -> peer.replyDone(request.cookie())),
        TOO_LITTLE_DATA((peer, request) -> peer.replyData(request.cookie(), DONE, 4096, bytes(2047, 1))),
        TOO_MUCH_DATA((peer, request) -> peer.replyData(request.cookie(), DONE, 4096, bytes(2049, 1))),
        DATA_BEFORE_THE_BEGIN((peer, request) -> peer.replyData(request.cookie(), DONE, 4095, bytes(2048, 1))),
        DATA_BEHIND_THE_END((peer, request) -> peer.replyData(request.cookie(), DONE, 4096 + 2048, bytes(1, 1))),
        DATA_AT_A_HUGE_OFFSET((peer, request) -> peer.replyData(request.cookie(), DONE, -1, bytes(8, 1))),
        DATA_TWICE((peer, request) -> {
            peer.replyData(request.cookie(), 0, 4096, bytes(1024, 1));
            peer.replyData(request.cookie(), DONE, 4096 + 1023, bytes(1025, 1));
        }),
        EMPTY_DATA((peer, request) -> peer.replyData(request.cookie(), DONE, 4096, bytes(0, 1))),
        HUGE_CHUNK((peer, request) -> peer.send(peer.chunkHeader(request.cookie(), DONE, ChunkType.OFFSET_DATA, -1, 8)
                .putLong(4096)
                .flip())),
        EMPTY_HOLE((peer, request) -> peer.replyHole(request.cookie(), DONE, 4096, 0)),
        HUGE_HOLE((peer, request) -> peer.replyHole(request.cookie(), DONE, 4096, -1)),
        NONE_THAT_IS_NOT_THE_LAST(
                (peer, request) -> peer.replyChunk(request.cookie(), 0, ChunkType.NONE, ByteBuffer.allocate(0))),
        UNKNOWN_CHUNK((peer, request) -> peer.replyChunk(request.cookie(), DONE, 77, ByteBuffer.allocate(4))),
        EXTENTS((peer, request) -> peer.replyChunk(
                request.cookie(),
                DONE,
                ChunkType.BLOCK_STATUS,
                ByteBuffer.allocate(12)
                        .putInt(FakeNbdServer.CONTEXT_ID)
                        .putInt(2048)
                        .clear())),
        ERROR_WITHOUT_AN_ERROR((peer, request) -> peer.replyError(request.cookie(), DONE, 0, "fine")),
        ERROR_WITH_AN_ENDLESS_TEXT(
                (peer, request) -> peer.send(peer.chunkHeader(request.cookie(), DONE, ChunkType.ERROR, 1 << 20, 0)
                        .flip())),
        ERROR_WHOSE_TEXT_IS_CUT((peer, request) -> peer.replyChunk(
                request.cookie(),
                DONE,
                ChunkType.ERROR,
                ByteBuffer.allocate(6).putInt(5).putShort((short) 3).flip())),
        SHUTDOWN((peer, request) -> peer.replyError(request.cookie(), DONE, NbdError.ESHUTDOWN, ""));

        private interface Answer {
            void to(Peer peer, Request request) throws IOException;
        }

        @SuppressWarnings("ImmutableEnumChecker") // lambdas that hold nothing
        private final Answer answer;

        Breach(Answer answer) {
            this.answer = answer;
        }
    }

    @ParameterizedTest
    @EnumSource(Breach.class)
    void aBreachCostsTheConnectionAndNothingElse(Breach breach) throws Exception {
        Script bad = peer -> {
            peer.negotiate();
            breach.answer.to(peer, peer.receiveRequest(Command.READ));
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(bad, Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            Arrays.fill(server.content, (byte) 6);
            ByteBuffer payload = ByteBuffer.allocate(2048);
            assertEquals(BioStatus.OK, read(device, payload).await());
            assertEquals(ByteBuffer.wrap(bytes(2048, 6)), payload);
            assertEquals(2, server.connections());
        }
    }

    @Test
    void extentsThatMakeNoSense() throws Exception {
        Script good = peer -> {
            peer.negotiate();
            while (true) {
                Request request = peer.receiveRequest(Command.BLOCK_STATUS);
                // In bytes, not sectors; the last one reaches beyond the question.
                peer.replyChunk(
                        request.cookie(),
                        DONE,
                        ChunkType.BLOCK_STATUS,
                        ByteBuffer.allocate(36)
                                .putInt(FakeNbdServer.CONTEXT_ID)
                                .putInt(700)
                                .putInt(3)
                                .putInt(100)
                                .putInt(0)
                                .putInt(1000)
                                .putInt(3)
                                .putInt(1 << 19)
                                .putInt(2)
                                .flip());
            }
        };
        Script bad = peer -> {
            peer.negotiate();
            Request request = peer.receiveRequest(Command.BLOCK_STATUS);
            peer.replyChunk(
                    request.cookie(),
                    DONE,
                    ChunkType.BLOCK_STATUS,
                    ByteBuffer.allocate(20)
                            .putInt(FakeNbdServer.CONTEXT_ID)
                            .putInt(1 << 20)
                            .putInt(3)
                            .putInt(512)
                            .putInt(3)
                            .flip());
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(bad, good);
                BlockDevice device = Devices.open(server.uri())) {
            List<String> extents = new ArrayList<>();
            device.extents(0, 16, (sector, sectors, type) -> extents.add(sector + "+" + sectors + " " + type));
            assertEquals(List.of("0+1 HOLE", "1+1 DATA", "2+1 HOLE", "3+13 ZERO"), extents);
        }
    }

    @Test
    void anAnswerThatOvertakesTheWrite() throws Exception {
        // More than both socket buffers hold, so the client cannot have sent all when the answer comes.
        int length = 8 << 20;
        Script script = peer -> {
            peer.negotiate(64 << 20, FakeNbdServer.FLAGS);
            for (int i = 0; i < 2; i++) {
                ByteBuffer header = peer.receive(28);
                peer.replySimple(header.getLong(8), NbdError.EIO);
                peer.receive(length);
            }
            peer.carryOut(peer.receiveRequest(Command.READ));
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            for (ByteBuffer payload : List.of(ByteBuffer.allocateDirect(length), ByteBuffer.allocate(length))) {
                assertEquals(
                        BioStatus.TARGET,
                        Devices.write(device, BioFlags.NONE, 0, payload).await());
            }
            device.read(0, ByteBuffer.allocate(512));
            assertEquals(1, server.connections());
        }
    }

    @Test
    void submissionsFromCompletionsWhileTheServerDoesNotRead() throws Exception {
        // The receiving thread submits more than the socket takes, to a server that first wants to get rid of its own
        // answers.
        int writes = 64;
        int length = 64 << 10;
        Script script = peer -> {
            peer.negotiate();
            Request read = peer.receiveRequest(Command.READ);
            peer.carryOut(read);
            for (int i = 0; i < writes; i++) {
                peer.carryOut(peer.receiveRequest(Command.WRITE));
            }
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            List<Outcome> outcomes = new ArrayList<>();
            Outcome all = new Outcome();
            device.submit(Bio.read(0, ByteBuffer.allocate(512), (bio, status) -> {
                for (int i = 0; i < writes; i++) {
                    outcomes.add(Devices.write(device, BioFlags.NONE, 0, ByteBuffer.allocateDirect(length)));
                }
                all.ended(bio, status);
            }));
            assertEquals(BioStatus.OK, all.await());
            for (Outcome outcome : outcomes) {
                assertEquals(BioStatus.OK, outcome.await());
            }
        }
    }

    @Test
    void aCompletionThatThrowsBreaksNothing() throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            AtomicReference<BioStatus> ended = new AtomicReference<>();
            device.submit(Bio.read(0, ByteBuffer.allocate(512), (bio, status) -> {
                ended.set(status);
                Thread.currentThread().interrupt();
                throw new IllegalStateException("a completion that throws, on purpose");
            }));
            Await.until("the first read", () -> ended.get() != null);
            device.read(0, ByteBuffer.allocate(512));
            assertEquals(BioStatus.OK, ended.get());
            assertEquals(1, server.connections());
            assertFalse(Thread.interrupted());
        }
    }

    @Test
    void simpleReplies() throws Exception {
        Script script = peer -> {
            peer.negotiateSimple();
            Request first = peer.receiveRequest(Command.READ);
            Request second = peer.receiveRequest(Command.READ);
            peer.send(ByteBuffer.allocate(16 + 512)
                    .put(peer.simple(second.cookie(), 0).flip())
                    .put(bytes(512, 2))
                    .flip());
            peer.replySimple(first.cookie(), NbdError.EIO);
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            ByteBuffer payload = ByteBuffer.allocate(512);
            Outcome first = Devices.read(device, BioFlags.NONE, 0, ByteBuffer.allocate(512));
            Outcome second = Devices.read(device, BioFlags.NONE, 1, payload);
            assertEquals(BioStatus.TARGET, first.await());
            assertEquals(BioStatus.OK, second.await());
            assertEquals(ByteBuffer.wrap(bytes(512, 2)), payload);
        }
    }
}
