package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.FaultDevice;
import io.devicemapper.testkit.HeldBios;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are under way together. */
@Timeout(60)
class ConcurrencyTest {
    private static final int SIZE = 1 << 20;
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestDevice disk = new TestDevice(SIZE);
    private final FaultDevice faults = new FaultDevice(disk);
    private ServerBed bed;

    @AfterEach
    void stop() throws IOException {
        bed.close();
    }

    /** A device that ends later, on a thread of its own, although its submit does not wait. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void repliesComeInAnyOrder(boolean mayWait) throws Exception {
        disk.mayWait = mayWait;
        new Random(5).nextBytes(disk.bytes);
        bed = ServerBed.of(faults);
        HeldBios held = faults.hold(BioMatch.any().sectors(64, 64));
        try (RawClient client = bed.simple()) {
            byte[] payload = new byte[512];
            Arrays.fill(payload, (byte) 9);
            // In one message, so that the held ones share their memory with the others.
            ByteBuffer message = ByteBuffer.allocate(4096);
            message.put(RawClient.requestBytes(Command.READ, 0, 1, 0, 512).flip());
            message.put(
                    RawClient.requestBytes(Command.READ, 0, 2, 64 * 512, 512).flip());
            message.put(RawClient.requestBytes(Command.WRITE, 0, 3, 65 * 512, 512)
                            .flip())
                    .put(payload);
            message.put(RawClient.requestBytes(Command.READ, 0, 4, 1024, 512).flip());
            message.put(RawClient.requestBytes(Command.WRITE, 0, 5, 512, 512).flip())
                    .put(payload);
            client.send(message);
            Map<Long, byte[]> replies = new HashMap<>();
            for (int i = 0; i < 3; i++) {
                takeReply(client, replies);
            }
            assertEquals(List.of(1L, 4L, 5L), replies.keySet().stream().sorted().toList());
            assertArrayEquals(disk(0), replies.get(1L));
            assertArrayEquals(disk(1024), replies.get(4L));
            assertArrayEquals(payload, disk(512));
            // More requests are served while those are held.
            for (int i = 0; i < 300; i++) {
                client.write(0, 6, 1024, new byte[512]);
                assertEquals(0, client.error(6));
            }
            byte[] expected = disk(64 * 512);
            held.awaitCount(2, SOON);
            held.release();
            takeReply(client, replies);
            takeReply(client, replies);
            assertArrayEquals(expected, replies.get(2L));
            assertArrayEquals(payload, disk(65 * 512));
        }
    }

    private byte[] disk(int offset) {
        synchronized (disk.bytes) {
            return Arrays.copyOfRange(disk.bytes, offset, offset + 512);
        }
    }

    /** Cookies 3, 5 and 6 are writes. */
    private static void takeReply(RawClient client, Map<Long, byte[]> replies) throws IOException {
        RawClient.SimpleReply reply = client.simpleReply();
        assertEquals(0, reply.error());
        boolean write = List.of(3L, 5L, 6L).contains(reply.cookie());
        replies.put(reply.cookie(), write ? new byte[0] : client.receive(512).array());
    }

    @Test
    void manyHeldRequestsEndTogether() throws Exception {
        bed = ServerBed.of(faults);
        HeldBios held = faults.hold(BioMatch.any());
        try (RawClient client = bed.structured()) {
            for (int i = 0; i < 500; i++) {
                client.request(Command.READ, 0, i, i * 512L, 512);
            }
            held.awaitCount(500, SOON);
            held.remove();
            held.end(BioStatus.MEDIUM);
            boolean[] seen = new boolean[500];
            for (int i = 0; i < 500; i++) {
                RawClient.Chunk chunk = client.chunk();
                assertEquals(NbdError.EIO, chunk.error());
                assertEquals(false, seen[(int) chunk.cookie()]);
                seen[(int) chunk.cookie()] = true;
            }
        }
    }

    /** More than may be under way: the rest stays in the socket, and nothing is lost. */
    @Test
    void requestsUnderWayAreLimited() throws Exception {
        bed = ServerBed.of(faults);
        HeldBios held = faults.hold(BioMatch.any().sectors(0, 1));
        int count = 2 * Transmission.MAX_DETACHED;
        try (RawClient client = bed.simple();
                RawClient witness = bed.simple()) {
            Future<?> sender = inBackground(() -> {
                for (int i = 0; i < count; i++) {
                    client.request(Command.READ, 0, i, 0, 512);
                }
                return null;
            });
            held.awaitCount(Transmission.MAX_DETACHED, SOON);
            assertEquals(512, witness.read(4096, 512).length);
            assertEquals(Transmission.MAX_DETACHED, held.count());
            held.remove();
            held.release();
            for (int i = 0; i < count; i++) {
                assertEquals(0, client.simpleReply().error());
                client.receive(512);
            }
            sender.get();
        }
    }

    /** So many long requests that their memory is used up: they wait for one another. */
    @Test
    void payloadsUnderWayAreLimited() throws Exception {
        bed = ServerBed.of(NbdExports.of(Map.of("disk", faults)), settings -> settings.maxBufferBytes(128 << 20));
        HeldBios held = faults.hold(BioMatch.any().sectors(0, 1));
        int count = 300;
        try (RawClient client = bed.simple()) {
            for (int i = 0; i < count; i++) {
                client.request(Command.READ, 0, i, 0, SIZE);
            }
            held.awaitCount(20, SOON);
            try (RawClient other = bed.simple()) {
                // There is always some left for others.
                assertEquals(SIZE / 2, other.read(SIZE / 2, SIZE / 2).length);
            }
            int most = held.count();
            assertEquals(true, most <= 64, () -> most + " MiB of one client");
            held.remove();
            held.release();
            for (int i = 0; i < count; i++) {
                held.release(); // one may have come while the hold was removed
                assertEquals(0, client.simpleReply().error());
                client.receive(SIZE);
            }
        }
    }

    /** A device that sleeps in submit: flushes sleep on threads of their own. */
    @Test
    void aFlushNeverHoldsUpARead() throws Exception {
        disk.mayWait = true;
        CountDownLatch release = new CountDownLatch(1);
        disk.before = bio -> {
            if (bio.op() == BioOp.FLUSH) {
                awaitQuietly(release);
            }
        };
        bed = ServerBed.of(disk);
        try (RawClient client = bed.simple()) {
            for (int i = 0; i < 50; i++) {
                client.request(Command.FLUSH, 0, 100 + i, 0, 0);
            }
            client.write(CommandFlags.FUA, 99, 0, new byte[512]);
            for (int i = 0; i < 50; i++) {
                assertEquals(512, client.read(0, 512).length);
            }
            release.countDown();
            for (int i = 0; i < 51; i++) {
                assertEquals(0, client.simpleReply().error());
            }
        }
    }

    /** Requests that sleep do so side by side, and those of another client take their turn among them. */
    @ParameterizedTest
    @ValueSource(ints = {2, 16})
    void readsSleepSideBySide(int together) throws Exception {
        disk.mayWait = true;
        CountDownLatch arrived = new CountDownLatch(together);
        CountDownLatch release = new CountDownLatch(1);
        disk.before = bio -> {
            arrived.countDown();
            awaitQuietly(release);
        };
        bed = ServerBed.of(disk);
        try (RawClient client = bed.simple();
                RawClient other = bed.simple()) {
            ByteBuffer message = ByteBuffer.allocate(28 * 100);
            for (int i = 0; i < 100; i++) {
                message.put(RawClient.requestBytes(Command.READ, 0, i, 0, 512).flip());
            }
            client.send(message);
            arrived.await();
            other.request(Command.READ, 0, 1, 0, 512);
            release.countDown();
            assertEquals(0, other.error(1));
            for (int i = 0; i < 100; i++) {
                assertEquals(0, client.simpleReply().error());
                client.receive(512);
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Each byte belongs to one of some clients that all write into the same blocks: none may undo what another one wrote. */
    @ParameterizedTest
    @CsvSource({"false, 512", "true, 512", "false, 4096", "true, 4096"})
    void unalignedWritesDoNotUndoEachOther(boolean mayWait, int blockBytes) throws Exception {
        long seed = System.nanoTime();
        System.out.println("unalignedWritesDoNotUndoEachOther: seed " + seed);
        int clients = 4;
        int stripe = 64;
        int area = 16 * 4096;
        disk.limits =
                TestDevice.EVERYTHING.toBuilder().logicalBlockSize(blockBytes).build();
        disk.mayWait = mayWait;
        bed = ServerBed.of(disk);
        byte[] model = new byte[area];
        List<Future<?>> all = new ArrayList<>();
        for (int c = 0; c < clients; c++) {
            int own = c;
            Random random = new Random(seed + c);
            all.add(inBackground(() -> {
                try (RawClient client = bed.simple()) {
                    for (int i = 0; i < 300; i++) {
                        int stripeBegin = (random.nextInt(area / stripe / clients) * clients + own) * stripe;
                        int begin = random.nextInt(stripe);
                        byte[] data = new byte[1 + random.nextInt(stripe - begin)];
                        random.nextBytes(data);
                        if (i % 10 == 0) {
                            Arrays.fill(data, (byte) 0);
                            client.request(Command.WRITE_ZEROES, 0, i, stripeBegin + begin, data.length);
                        } else {
                            client.write(0, i, stripeBegin + begin, data);
                        }
                        System.arraycopy(data, 0, model, stripeBegin + begin, data.length);
                        assertEquals(0, client.error(i));
                        assertArrayEquals(data, client.read(stripeBegin + begin, data.length));
                    }
                }
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
        assertArrayEquals(model, Arrays.copyOf(disk.bytes, area));
    }

    /**
     * One client writes whole blocks and reads them back; another one writes single bytes into them. When the first one has its reply,
     * nothing that was there before may come back.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void unalignedWritesDoNotUndoWholeBlocks(boolean mayWait) throws Exception {
        disk.mayWait = mayWait;
        disk.before = bio -> LockSupport.parkNanos(1_000); // so that the others get between
        bed = ServerBed.of(disk);
        byte mark = (byte) 0xFF;
        Future<?> bytes = inBackground(() -> {
            Random random = new Random(6);
            try (RawClient client = bed.simple()) {
                for (int i = 0; i < 2000; i++) {
                    client.write(0, i, 1024 + random.nextInt(1024), mark);
                    assertEquals(0, client.error(i));
                }
            }
            return null;
        });
        try (RawClient client = bed.simple()) {
            byte[] data = new byte[2048];
            for (int i = 0; !bytes.isDone(); i++) {
                byte value = (byte) (i % 100);
                Arrays.fill(data, value);
                client.write(0, 7, 512, data);
                assertEquals(0, client.error(7));
                for (byte found : client.read(512, 2048)) {
                    assertEquals(true, found == value || found == mark, () -> found + " came back over " + value);
                }
            }
        }
        bytes.get();
    }

    /** Writes of whole blocks that are under way when the first unaligned one comes. */
    @Test
    void anUnalignedWriteWaitsForThoseUnderWay() throws Exception {
        bed = ServerBed.of(faults);
        HeldBios held = faults.hold(BioMatch.of(BioOp.WRITE).sectors(8, 1));
        byte[] ones = new byte[512];
        Arrays.fill(ones, (byte) 1);
        try (RawClient client = bed.simple();
                RawClient other = bed.simple()) {
            client.write(0, 1, 8 * 512, ones);
            held.awaitCount(1, SOON);
            other.write(0, 2, 8 * 512 + 10, (byte) 2);
            // Whoever writes elsewhere goes on.
            assertEquals(512, other.read(0, 512).length);
            held.remove();
            held.release();
            assertEquals(0, client.error(1));
            assertEquals(0, other.error(2));
            ones[10] = 2;
            assertArrayEquals(ones, client.read(8 * 512, 512));
        }
    }

    private final ExecutorService threads = Executors.newCachedThreadPool();

    private <T> Future<T> inBackground(Callable<T> work) {
        return threads.submit(work);
    }

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }
}
