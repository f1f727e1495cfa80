package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes out of a request, and what a client that is none can do: nothing to anybody but itself. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlServerTest {
    private Path folder;
    private Home home;
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch interruptedAgain = new CountDownLatch(1);
    private ControlServer server;

    @BeforeEach
    void start() throws Exception {
        folder = Files.createTempDirectory(Path.of("/tmp"), "dmc");
        home = Home.resolve(Optional.of(folder.toString()), Map.of());
        server = new ControlServer(home.controlSocket(), this::handle, Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        assertFalse(Files.exists(home.controlSocket()), "the socket stayed behind");
        Files.delete(folder);
    }

    private ControlResponse handle(ControlRequest request, ControlServer.Caller caller) {
        switch (request.arguments().isEmpty() ? "" : request.arguments().get(0)) {
            case "throw" -> throw new IllegalStateException("on purpose");
            case "wait", "wait twice" -> {
                try {
                    caller.<Void, RuntimeException>await(() -> {
                        waiting.countDown();
                        new CountDownLatch(1).await();
                        return null;
                    });
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
                if (request.arguments().get(0).equals("wait twice")) {
                    try {
                        caller.<Void, RuntimeException>await(() -> {
                            new CountDownLatch(1).await();
                            return null;
                        });
                    } catch (InterruptedException e) {
                        interruptedAgain.countDown();
                    }
                }
                return ControlResponse.failure("interrupted");
            }
            default -> {
                return new ControlResponse(
                        0,
                        request.arguments() + " " + request.directory() + " " + request.utf8(),
                        request.input().orElse("-"));
            }
        }
    }

    private static ControlRequest request(String... arguments) {
        return new ControlRequest(List.of(arguments), Path.of("/somewhere"), true, Optional.of("täble\n"));
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(home.controlSocket()));
        return channel;
    }

    private void assertServes() throws CliException {
        assertEquals(
                new ControlResponse(0, "[ls, -ü] /somewhere true", "täble\n"),
                ControlClient.call(home, request("ls", "-ü")));
    }

    private static byte[] encoded(ControlRequest request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ControlProtocol.write(Channels.newChannel(bytes), request);
        return bytes.toByteArray();
    }

    private static String read(SocketChannel channel) throws IOException {
        return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
    }

    @Test
    void aRequestIsAnswered() throws CliException {
        assertServes();
    }

    @Test
    void aLargeRequestAndResponseArriveWhole() throws CliException {
        String table = "0 8 zero\n".repeat(200_000);
        ControlRequest large = new ControlRequest(List.of("load"), Path.of("/"), false, Optional.of(table));
        assertEquals(table, ControlClient.call(home, large).errors());
    }

    @Test
    void theSocketIsForItsOwnerAlone() throws IOException {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.controlSocket())));
    }

    @Test
    void aHandlerThatThrowsFailsItsOwnRequest() throws CliException {
        ControlResponse response = ControlClient.call(home, request("throw"));
        assertEquals(1, response.exitStatus());
        assertEquals(
                "dm: internal error, see the daemon's log: java.lang.IllegalStateException: on purpose\n",
                response.errors());
        assertServes();
    }

    @Test
    void aClientMayLeaveAfterAnyByte() throws Exception {
        byte[] whole = encoded(request("ls"));
        for (int length = 0; length < whole.length; length++) {
            try (SocketChannel channel = connect()) {
                channel.write(ByteBuffer.wrap(whole, 0, length));
            }
        }
        assertServes();
    }

    @Test
    void anyChangedByteCostsAtMostThisConnection() throws Exception {
        byte[] whole = encoded(request("ls"));
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) 0x80;
            try (SocketChannel channel = connect()) {
                channel.write(ByteBuffer.wrap(changed));
                channel.shutdownOutput();
                readOrReset(channel);
            }
        }
        assertServes();
    }

    @Test
    void garbageIsRefused() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[12 + random.nextInt(200)];
            random.nextBytes(garbage);
            garbage[0] = 'X';
            try (SocketChannel channel = connect()) {
                channel.write(ByteBuffer.wrap(garbage));
                assertTrue(
                        readOrReset(channel).contains("the other side does not speak dm's control protocol"),
                        "seed " + seed);
            }
        }
        assertServes();
    }

    /** The server may close with bytes of ours unread, which a unix socket reports as a reset. */
    private static String readOrReset(SocketChannel channel) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        try {
            while (channel.read(buffer.clear()) >= 0) {
                bytes.write(buffer.array(), 0, buffer.position());
            }
        } catch (IOException e) {
            bytes.writeBytes(("\n" + e.getMessage()).getBytes(UTF_8));
        }
        return bytes.toString(UTF_8);
    }

    @Test
    void anotherVersionIsToldSo() throws Exception {
        byte[] other = encoded(request("ls"));
        other[7] = 9;
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(other, 0, 12));
            assertTrue(readOrReset(channel)
                    .contains("the daemon cannot read the request: version 9 of the control protocol, expected 1"));
        }
    }

    @Test
    void aClaimedLengthCostsNothing() throws Exception {
        List<SocketChannel> claims = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            SocketChannel channel = connect();
            claims.add(channel);
            channel.write(ByteBuffer.allocate(12)
                    .put(new byte[] {'D', 'M', 'C', 0})
                    .putInt(1)
                    .putInt(ControlProtocol.MAX_BODY_BYTES)
                    .flip());
        }
        assertServes();
        for (SocketChannel channel : claims) {
            channel.close();
        }
    }

    @Test
    void oneClientTooManyIsToldSo() throws Exception {
        List<SocketChannel> waiters = new ArrayList<>();
        for (int i = 0; i < ControlServer.MAX_CONNECTIONS; i++) {
            SocketChannel channel = connect();
            waiters.add(channel);
            channel.write(ByteBuffer.wrap(encoded(request("wait"))));
        }
        try (SocketChannel channel = connect()) {
            assertEquals(
                    ControlResponse.failure("the daemon is busy with 256 commands already"),
                    ControlProtocol.readResponse(channel));
        }
        for (SocketChannel channel : waiters) {
            channel.close();
        }
    }

    @Test
    void aLengthBeyondTheLimitIsRefused() throws Exception {
        for (int length : new int[] {ControlProtocol.MAX_BODY_BYTES + 1, -1, Integer.MIN_VALUE}) {
            try (SocketChannel channel = connect()) {
                channel.write(ByteBuffer.allocate(12)
                        .put(new byte[] {'D', 'M', 'C', 0})
                        .putInt(1)
                        .putInt(length)
                        .flip());
                assertTrue(readOrReset(channel).contains("a body of " + Integer.toUnsignedString(length) + " bytes"));
            }
        }
        assertServes();
    }

    @Test
    void aRelativeDirectoryIsRefused() throws CliException {
        ControlResponse response = ControlClient.call(
                home, new ControlRequest(List.of("ls"), Path.of("relative"), false, Optional.empty()));
        assertEquals(
                ControlResponse.failure("the daemon cannot read the request: the working directory is not absolute"),
                response);
    }

    @Test
    void aClientThatSendsNothingIsCutOff() throws Exception {
        server.close();
        server = new ControlServer(home.controlSocket(), this::handle, Duration.ofMillis(50));
        try (SocketChannel channel = connect()) {
            assertEquals("", read(channel));
        }
        assertServes();
    }

    @Test
    void aWaitEndsWhenItsClientLeaves() throws Exception {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(encoded(request("wait"))));
            waiting.await();
        }
        assertTrue(interrupted.await(20, TimeUnit.SECONDS));
        assertServes();
    }

    @Test
    void aWaitEndsWhenTheServerStops() throws Exception {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(encoded(request("wait"))));
            waiting.await();
            server.close();
            assertEquals(ControlResponse.failure("interrupted"), ControlProtocol.readResponse(channel));
        }
        assertEquals(0, interrupted.getCount());
    }

    @Test
    void aRequestThatHasNotArrivedDoesNotHoldUpAStop() throws Exception {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(encoded(request("ls")), 0, 20));
            long before = System.nanoTime();
            server.close();
            assertTrue(System.nanoTime() - before < TimeUnit.SECONDS.toNanos(5), "waited for the client");
        }
    }

    @Test
    void aSecondWaitOfAClientThatLeftEndsAtOnce() throws Exception {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(encoded(request("wait twice"))));
            waiting.await();
        }
        assertTrue(interrupted.await(20, TimeUnit.SECONDS));
        assertTrue(interruptedAgain.await(20, TimeUnit.SECONDS));
    }

    @Test
    void withoutADaemonTheSocketIsNamed() throws IOException {
        server.close();
        CliException e = assertThrows(CliException.class, () -> ControlClient.call(home, request("ls")));
        assertEquals(
                "no daemon listens on " + home.controlSocket() + "; start one with: dm serve [DMTAB...]",
                e.getMessage());
    }

    @Test
    void aRequestShowsNothingOfItsText() {
        assertEquals("ControlRequest", request("key set 00112233").toString());
    }
}
