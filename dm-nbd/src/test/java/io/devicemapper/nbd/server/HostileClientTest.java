package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.Magic;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.protocol.WireSizes;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.HeldBios;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client does, it costs its own connection alone: another one works on all the time. */
@Timeout(60)
class HostileClientTest {
    private final TestDevice disk = new TestDevice(1 << 20);
    private final FaultDevice faults = new FaultDevice(disk);
    private ServerBed bed;
    private RawClient witness;

    @BeforeEach
    void serve() throws IOException {
        bed = ServerBed.of(faults);
        witness = bed.simple();
    }

    @AfterEach
    void stop() throws IOException {
        assertWitnessWorks();
        bed.awaitConnections(1);
        witness.close();
        bed.close();
    }

    private void assertWitnessWorks() throws IOException {
        witness.write(0, 1, 512, new byte[1024]);
        assertEquals(0, witness.error(1));
        assertEquals(4096, witness.read(0, 4096).length);
    }

    /** All that an ordinary client sends, in pieces of which each is answered before the next one is sent. */
    private static List<ByteBuffer> ordinarySession() {
        List<ByteBuffer> messages = new ArrayList<>();
        messages.add(ByteBuffer.allocate(4).putInt(RawClient.FLAGS));
        messages.add(option(OptionCode.STRUCTURED_REPLY));
        messages.add(option(OptionCode.LIST));
        messages.add(option(OptionCode.SET_META_CONTEXT, RawClient.metaData("disk", AllocationFlags.CONTEXT)));
        messages.add(option(OptionCode.INFO, RawClient.goData("disk", InfoType.BLOCK_SIZE)));
        messages.add(option(OptionCode.GO, RawClient.goData("disk", InfoType.BLOCK_SIZE, InfoType.DESCRIPTION)));
        messages.add(RawClient.requestBytes(Command.READ, 0, 1, 0, 4096));
        messages.add(ByteBuffer.allocate(WireSizes.REQUEST + 1024)
                .put(RawClient.requestBytes(Command.WRITE, 0, 2, 2048, 1024).flip())
                .put(new byte[1024]));
        messages.add(RawClient.requestBytes(Command.FLUSH, 0, 3, 0, 0));
        messages.add(RawClient.requestBytes(Command.BLOCK_STATUS, 0, 4, 0, 8192));
        messages.add(RawClient.requestBytes(Command.WRITE_ZEROES, 0, 5, 0, 512));
        messages.add(RawClient.requestBytes(Command.DISC, 0, 6, 0, 0));
        return messages;
    }

    private static ByteBuffer option(int option, byte... data) {
        return ByteBuffer.allocate(WireSizes.OPTION_HEADER + data.length)
                .putLong(Magic.IHAVEOPT)
                .putInt(option)
                .putInt(data.length)
                .put(data);
    }

    private static byte[] ordinaryBytes() {
        ByteBuffer all = ByteBuffer.allocate(1 << 16);
        ordinarySession().forEach(message -> all.put(message.flip()));
        byte[] bytes = new byte[all.position()];
        all.flip().get(bytes);
        return bytes;
    }

    /** Sends without waiting for any answer, and vanishes, with what has come unread. */
    @Test
    void aClientMayVanishAtAnyByte() throws IOException {
        byte[] session = ordinaryBytes();
        for (int cut = 0; cut <= session.length; cut++) {
            try (RawClient client = RawClient.connect(bed.address())) {
                client.send(ByteBuffer.wrap(session).position(cut));
            }
            if (cut % 100 == 0) {
                assertWitnessWorks();
            }
        }
    }

    /** As before, but only the client's half is closed, so that the server gets rid of its answers. */
    @Test
    void aClientMayStopSendingAtAnyByte() throws IOException {
        byte[] session = ordinaryBytes();
        for (int cut = 0; cut <= session.length; cut += 3) {
            try (RawClient client = RawClient.connect(bed.address())) {
                client.send(ByteBuffer.wrap(session).position(cut));
                client.channel.shutdownOutput();
                client.awaitHangUp();
            }
        }
    }

    /** At each stage, random bytes in place of what should come. */
    @Test
    void garbageAtEveryStage() throws IOException {
        long seed = System.nanoTime();
        System.out.println("garbageAtEveryStage: seed " + seed);
        Random random = new Random(seed);
        byte[] session = ordinaryBytes();
        for (int stage = 0; stage <= session.length; stage += 1 + random.nextInt(20)) {
            byte[] bytes = new byte[stage + 4096];
            random.nextBytes(bytes);
            System.arraycopy(session, 0, bytes, 0, stage);
            try (RawClient client = RawClient.connect(bed.address())) {
                try {
                    client.send(ByteBuffer.wrap(bytes).position(bytes.length));
                    client.channel.shutdownOutput();
                } catch (IOException e) {
                    continue; // hung up on already
                }
                client.awaitHangUp();
            }
        }
    }

    /** One bit of an ordinary session is wrong. */
    @Test
    void flippedBits() throws IOException {
        long seed = System.nanoTime();
        System.out.println("flippedBits: seed " + seed);
        Random random = new Random(seed);
        byte[] session = ordinaryBytes();
        for (int i = 0; i < 500; i++) {
            byte[] bytes = session.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try (RawClient client = RawClient.connect(bed.address())) {
                try {
                    client.send(ByteBuffer.wrap(bytes).position(bytes.length));
                    client.channel.shutdownOutput();
                } catch (IOException e) {
                    continue; // hung up on already
                }
                client.awaitHangUp();
            }
        }
    }

    @Test
    void unknownClientFlagsEndTheConnection() throws IOException {
        for (int bit = 2; bit < 32; bit++) {
            try (RawClient client = RawClient.connect(bed.address())) {
                client.greet(RawClient.FLAGS | 1 << bit);
                client.awaitHangUp();
            }
        }
    }

    @Test
    void aWrongMagicEndsTheConnection() throws IOException {
        try (RawClient client = bed.greeted()) {
            client.send(ByteBuffer.allocate(WireSizes.OPTION_HEADER)
                    .putLong(Magic.NBDMAGIC)
                    .putLong(0));
            client.awaitHangUp();
        }
        try (RawClient client = bed.simple()) {
            client.request(Command.READ, 0, 1, 0, 512);
            client.send(ByteBuffer.allocate(WireSizes.REQUEST)
                    .putInt(Magic.SIMPLE_REPLY)
                    .putLong(0)
                    .putLong(0)
                    .putLong(0));
            assertEquals(0, client.error(1), "what came before is answered");
            client.awaitHangUp();
        }
    }

    /** Requests in every possible pair of pieces. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void piecesAreJoined(boolean mayWait) throws IOException {
        disk.mayWait = mayWait;
        ByteBuffer requests = ByteBuffer.allocate(4 * WireSizes.REQUEST + 1024)
                .put(RawClient.requestBytes(Command.WRITE, 0, 1, 4096, 1024).flip())
                .put(new byte[1024])
                .put(RawClient.requestBytes(Command.FLUSH, 0, 2, 0, 0).flip())
                .put(RawClient.requestBytes(Command.WRITE_ZEROES, 0, 3, 0, 512).flip())
                .put(RawClient.requestBytes(Command.TRIM, 0, 4, 0, 512).flip());
        byte[] bytes = requests.array();
        try (RawClient client = bed.simple()) {
            for (int cut = 1; cut < bytes.length; cut += cut < 1000 && cut > 50 ? 97 : 1) {
                client.send(ByteBuffer.wrap(bytes, 0, bytes.length).position(cut));
                assertWitnessWorks();
                client.send(
                        ByteBuffer.wrap(bytes, cut, bytes.length - cut).slice().position(bytes.length - cut));
                long cookies = 0;
                for (int i = 0; i < 4; i++) {
                    RawClient.SimpleReply reply = client.simpleReply();
                    assertEquals(0, reply.error());
                    cookies |= 1L << reply.cookie();
                }
                assertEquals(0b11110, cookies);
            }
        }
    }

    /** Asks for far more than the sockets hold, and reads none of it. */
    @ParameterizedTest
    @ValueSource(ints = {4096, 1 << 20})
    void aClientThatDoesNotReadStopsBeingReadFrom(int length) throws Exception {
        for (boolean mayWait : new boolean[] {false, true}) {
            disk.mayWait = mayWait;
            try (RawClient client = bed.simple()) {
                client.channel.configureBlocking(false);
                long asked = 0;
                long idleSince = System.nanoTime();
                ByteBuffer request =
                        RawClient.requestBytes(Command.READ, 0, 1, 0, length).flip();
                while (System.nanoTime() - idleSince < 300_000_000L) {
                    if (client.channel.write(request) > 0) {
                        idleSince = System.nanoTime();
                    }
                    if (!request.hasRemaining()) {
                        request.rewind();
                        asked++;
                    }
                }
                assertWitnessWorks();
                // It comes to its senses: each request gets its answer.
                client.channel.configureBlocking(true);
                if (request.position() > 0) {
                    client.channel.write(request);
                    asked++;
                }
                for (long i = 0; i < asked; i++) {
                    assertEquals(0, client.error(1));
                    client.receive(length);
                }
            }
        }
    }

    @Test
    void aClientThatDoesNotReadMayVanish() throws Exception {
        try (RawClient client = bed.simple()) {
            for (int i = 0; i < 100; i++) {
                client.request(Command.READ, 0, i, 0, 1 << 20);
            }
            assertWitnessWorks();
        }
    }

    @Test
    void aClientThatDoesNotReadDoesNotHoldUpADevice() throws Exception {
        HeldBios held = faults.hold(BioMatch.of(BioOp.READ).sectors(1024, 256));
        try (RawClient client = bed.simple()) {
            for (int i = 0; i < 60; i++) {
                client.request(Command.READ, 0, i, 1024 * 512, 65536 * 2);
            }
            held.awaitCount(60, Duration.ofSeconds(20));
            assertWitnessWorks();
            AtomicBoolean released = new AtomicBoolean();
            Thread device = new Thread(() -> {
                held.release(); // must not sleep in a socket
                released.set(true);
            });
            device.start();
            device.join(10_000);
            assertTrue(released.get(), "the device's thread is free again");
            for (int i = 0; i < 60; i++) {
                assertEquals(0, client.simpleReply().error());
                client.receive(65536 * 2);
            }
        }
        held.remove();
    }

    @Test
    void aClientMayVanishWithRequestsUnderWay() throws Exception {
        HeldBios held = faults.hold(BioMatch.any().sectors(1024, 16));
        try (RawClient client = bed.simple()) {
            client.request(Command.READ, 0, 1, 1024 * 512, 4096);
            client.write(0, 2, 1024 * 512, new byte[4096]);
            client.write(0, 3, 1024 * 512, new byte[1 << 18]);
            held.awaitCount(3, Duration.ofSeconds(20));
        }
        assertWitnessWorks();
        assertEquals(2, bed.server.connections(), "it counts until its last request has ended");
        held.release();
        bed.awaitConnections(1);
        held.remove();
    }

    @Test
    void tooManyClientsAreHungUpOn() throws IOException {
        try (ServerBed small =
                        ServerBed.of(NbdExports.of(Map.of("disk", disk)), settings -> settings.maxConnections(2));
                RawClient first = small.simple()) {
            try (RawClient second = small.simple();
                    RawClient third = RawClient.connect(small.address())) {
                third.awaitHangUp();
                assertEquals(512, second.read(0, 512).length);
            }
            small.awaitConnections(1);
            try (RawClient again = small.simple()) {
                assertEquals(512, again.read(0, 512).length);
            }
            assertEquals(512, first.read(0, 512).length);
        }
    }

    @Test
    void twoHundredClientsAtOnce() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                clients.add(i % 2 == 0 ? bed.simple() : bed.greeted());
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 200; i += 2) {
                    clients.get(i).request(Command.READ, 0, i, 0, 4096);
                    clients.get(i).write(0, i + 1, 4096, new byte[4096]);
                }
                for (int i = 0; i < 200; i += 2) {
                    assertEquals(0, clients.get(i).error(i));
                    clients.get(i).receive(4096);
                    assertEquals(0, clients.get(i).error(i + 1));
                }
            }
            assertEquals(201, bed.server.connections());
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
