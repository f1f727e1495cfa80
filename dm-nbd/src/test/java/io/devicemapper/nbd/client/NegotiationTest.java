package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.client.FakeNbdServer.Script;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.OptionReply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Opening an export: what a server can do wrong, and the one line that says so. */
@Timeout(60)
class NegotiationTest {
    private static String refusal(Script script) throws Exception {
        return refusal(script, "");
    }

    private static String refusal(Script script, String options) throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(script)) {
            String uri = server.uri(options);
            IOException e = assertThrows(IOException.class, () -> Devices.open(uri));
            assertTrue(e.getMessage().startsWith(uri + ": "), e.getMessage());
            assertEquals(-1, e.getMessage().indexOf('\n'));
            return e.getMessage().substring(uri.length() + 2);
        }
    }

    @Test
    void aServerThatDiesAtAnyByteOfTheNegotiation() throws Exception {
        AtomicLong whole = new AtomicLong();
        try (FakeNbdServer server = new FakeNbdServer(peer -> {
                    peer.negotiate();
                    whole.set(peer.bytesSent());
                    peer.serveRequests();
                });
                BlockDevice device = Devices.open(server.uri())) {
            device.read(0, ByteBuffer.allocate(512));
        }
        assertTrue(whole.get() > 100);
        for (int bytes = 1; bytes < whole.get(); bytes++) {
            int lifetime = bytes;
            String message = refusal(peer -> peer.dieAfter(lifetime).negotiate());
            assertTrue(message.contains("closed the connection"), message);
        }
    }

    @Test
    void aServerOfAnotherProtocol() throws Exception {
        String message =
                refusal(peer -> peer.send(ByteBuffer.wrap("SSH-2.0-server\r\n".getBytes(StandardCharsets.UTF_8))));
        assertEquals("not an NBD server: its greeting is wrong", message);
        assertEquals("not an NBD server: it closed the connection without a greeting", refusal(peer -> {}));
        assertEquals(
                "the server speaks the obsolete oldstyle negotiation",
                refusal(peer -> peer.send(ByteBuffer.allocate(152)
                        .putLong(Magic.NBDMAGIC)
                        .putLong(Magic.OLDSTYLE)
                        .clear())));
        assertEquals(
                "the server does not speak the fixed newstyle negotiation",
                refusal(peer -> peer.send(ByteBuffer.allocate(18)
                        .putLong(Magic.NBDMAGIC)
                        .putLong(Magic.IHAVEOPT)
                        .clear())));
    }

    @Test
    void aServerThatNeverAnswers() throws Exception {
        long start = System.nanoTime();
        assertEquals("no answer in time", refusal(FakeNbdServer.Peer::receiveUntilClosed, "&connect-timeout=1"));
        assertTrue(System.nanoTime() - start >= 1_000_000_000L);
    }

    @Test
    void aServerThatSendsAByteAtATimeForAsLongAsItCan() throws Exception {
        Script drip = peer -> {
            peer.negotiateUntilGo();
            while (true) {
                peer.replyOption(
                        OptionCode.GO,
                        OptionReply.INFO,
                        ByteBuffer.allocate(2).putShort((short) 99).flip());
            }
        };
        assertEquals("the server's replies to GO have no end", refusal(drip));
    }

    @Test
    void brokenReplies() throws Exception {
        assertEquals("the server's reply to STRUCTURED_REPLY has a wrong magic number", refusal(peer -> {
            peer.greet();
            peer.receiveOption(OptionCode.STRUCTURED_REPLY);
            peer.send(ByteBuffer.allocate(20));
        }));
        assertEquals("the server replied to LIST when asked STRUCTURED_REPLY", refusal(peer -> {
            peer.greet();
            peer.receiveOption(OptionCode.STRUCTURED_REPLY);
            peer.replyOption(OptionCode.LIST, OptionReply.ACK);
        }));
        assertEquals("the server's reply to GO has 4294967295 bytes, at most 16384 are sensible", refusal(peer -> {
            peer.negotiateUntilGo();
            peer.send(ByteBuffer.allocate(20)
                    .putLong(Magic.OPTION_REPLY)
                    .putInt(OptionCode.GO)
                    .putInt(OptionReply.INFO)
                    .putInt(-1)
                    .flip());
        }));
        assertEquals("the server accepted GO without a word about the export", refusal(peer -> {
            peer.negotiateUntilGo();
            peer.replyOption(OptionCode.GO, OptionReply.ACK);
        }));
        assertEquals("the server's reply INFO to GO makes no sense", refusal(peer -> {
            peer.negotiateUntilGo();
            peer.replyOption(OptionCode.GO, OptionReply.INFO, ByteBuffer.allocate(5));
        }));
    }

    @Test
    void sizesThatCannotBe() throws Exception {
        assertEquals(
                "the server reports a size of 9223372036854775808 bytes, more than the largest possible device has",
                refusal(peer -> peer.negotiate(Long.MIN_VALUE, FakeNbdServer.FLAGS)));
        assertEquals(
                "block sizes 3, 4096, 33554432, expected powers of two that rise, the first of at most 65536",
                refusal(peer -> {
                    peer.negotiateUntilGo();
                    peer.replyInfo(1 << 20, FakeNbdServer.FLAGS);
                    peer.replyBlockSizes(3, 4096, 32 << 20);
                    peer.replyOption(OptionCode.GO, OptionReply.ACK);
                }));
    }

    @Test
    void theLargestSizeThatCanBe() throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(peer -> {
                    peer.negotiate(Long.MAX_VALUE, FakeNbdServer.FLAGS);
                    peer.serveRequests();
                });
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(Long.MAX_VALUE >> 9, device.sectors());
        }
    }

    @Test
    void aMissingExportIsNamedTogetherWithThoseThatThereAre() throws Exception {
        Script script = peer -> {
            peer.negotiateUntilGo();
            byte[] text = "go\naway".getBytes(StandardCharsets.UTF_8);
            peer.replyOption(OptionCode.GO, OptionReply.ERR_UNKNOWN, ByteBuffer.wrap(text));
            peer.receiveOption(OptionCode.LIST);
            for (String name : new String[] {"alpha", "beta\u0007"}) {
                byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                peer.replyOption(
                        OptionCode.LIST,
                        OptionReply.SERVER,
                        ByteBuffer.allocate(4 + bytes.length)
                                .putInt(bytes.length)
                                .put(bytes)
                                .flip());
            }
            peer.replyOption(OptionCode.LIST, OptionReply.ACK);
            peer.receiveUntilClosed();
        };
        assertEquals("the server has no export 'disk' (\"go?away\"); it has 'alpha', 'beta?'", refusal(script));
        assertEquals(
                "the server has no export 'disk'; which ones it has it does not say (the server's configuration forbids it)",
                refusal(peer -> {
                    peer.negotiateUntilGo();
                    peer.replyOption(OptionCode.GO, OptionReply.ERR_UNKNOWN);
                    peer.receiveOption(OptionCode.LIST);
                    peer.replyOption(OptionCode.LIST, OptionReply.ERR_POLICY);
                    peer.receiveUntilClosed();
                }));
    }

    @Test
    void aServerThatKnowsExportNameOnly() throws Exception {
        Script script = peer -> {
            peer.greet();
            for (int option : new int[] {OptionCode.STRUCTURED_REPLY, OptionCode.GO}) {
                peer.receiveOption(option);
                peer.replyOption(option, OptionReply.ERR_UNSUP);
            }
            peer.receiveOption(OptionCode.EXPORT_NAME);
            peer.send(
                    ByteBuffer.allocate(10).putLong(1 << 20).putShort((short) 1).flip());
            peer.receiveUntilClosed();
        };
        try (FakeNbdServer server = new FakeNbdServer(script);
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(2048, device.sectors());
        }
    }

    @Test
    void nobodyListens() throws Exception {
        int port;
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = probe.getLocalPort();
        }
        String uri = "nbd://127.0.0.1:" + port + "/disk";
        IOException e = assertThrows(IOException.class, () -> Devices.open(uri));
        assertEquals(uri + ": cannot connect to 127.0.0.1:" + port + ": connection refused", e.getMessage());
        IOException missing =
                assertThrows(IOException.class, () -> Devices.open("nbd+unix:///disk?socket=/nonexistent/socket"));
        assertEquals(
                "nbd+unix:///disk?socket=/nonexistent/socket: cannot connect to /nonexistent/socket: no such file or"
                        + " directory",
                missing.getMessage());
    }

    @Test
    void anInterruptedOpenerGivesUp() throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(FakeNbdServer.Peer::receiveUntilClosed)) {
            Thread.currentThread().interrupt();
            IOException e = assertThrows(IOException.class, () -> Devices.open(server.uri()));
            assertTrue(Thread.interrupted());
            assertTrue(e.getMessage().endsWith("interrupted"), e.getMessage());
        }
    }
}
