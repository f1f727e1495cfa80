package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.client.Devices.Outcome;
import io.devicemapper.nbd.client.FakeNbdServer.Peer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Writers that each own a part of the device and remember what was acknowledged, while connections break, servers die and
 * submitters are interrupted. Every bio ends once, and every read returns the last acknowledged write.
 */
@Timeout(120)
class BrokenConnectionModelTest {
    private static final int WRITERS = 4;
    private static final int SECTORS_EACH = 256;
    private static final boolean SOAK = Boolean.getBoolean("dm.soak");
    private static final int ROUNDS = SOAK ? 2000 : 150;
    private static final long TOTAL_ROUNDS = (long) WRITERS * ROUNDS;

    /** Held, since the logging system forgets the level of a logger that nobody holds. */
    private static final Logger LOGGER = Logger.getLogger(ConnectionKeeper.class.getName());

    @BeforeAll
    static void keepThousandsOfLostConnectionsOutOfTheLog() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void logAgain() {
        LOGGER.setLevel(null);
    }

    /** One thread with its own sectors: writes many at once, then reads them back. */
    private static final class Writer implements Runnable {
        private final BlockDevice device;
        private final int number;
        private final Random random;
        private final long[] acknowledged = new long[SECTORS_EACH];
        private final AtomicLong progress;
        private final AtomicBoolean stop;
        private volatile Throwable failure;
        private long nextStamp = 1;

        Writer(BlockDevice device, int number, long seed, AtomicLong progress, AtomicBoolean stop) {
            this.device = device;
            this.number = number;
            this.random = new Random(seed + number);
            this.progress = progress;
            this.stop = stop;
        }

        private long sector(int index) {
            return (long) number * SECTORS_EACH + index;
        }

        @Override
        public void run() {
            try {
                for (int round = 0; round < ROUNDS && !stop.get(); round++) {
                    round();
                    progress.incrementAndGet();
                }
            } catch (Throwable t) {
                failure = t;
                stop.set(true);
            } finally {
                Thread.interrupted(); // from the test
            }
        }

        private void round() {
            List<Outcome> outcomes = new ArrayList<>();
            int index = 0;
            while (index < SECTORS_EACH) {
                int length = Math.min(1 + random.nextInt(48), SECTORS_EACH - index);
                if (random.nextInt(3) > 0) {
                    long stamp = nextStamp++;
                    ByteBuffer payload = ByteBuffer.allocateDirect(length * 512);
                    for (int i = 0; i < length; i++) {
                        payload.put(Devices.stamped(sector(index + i), 1, stamp, false));
                        acknowledged[index + i] = stamp;
                    }
                    int flags = random.nextInt(8) == 0 ? BioFlags.FUA : BioFlags.NONE;
                    outcomes.add(Devices.write(device, flags, sector(index), payload.flip()));
                }
                index += length;
            }
            if (random.nextInt(10) == 0) {
                BioStatus flushed = Devices.flush(device).awaitAcrossInterrupts();
                assertTrue(flushed == BioStatus.OK || flushed == BioStatus.MEDIUM, flushed.toString());
            }
            outcomes.forEach(outcome -> assertEquals(BioStatus.OK, outcome.awaitAcrossInterrupts()));
            check();
        }

        void check() {
            ByteBuffer content = random.nextBoolean()
                    ? ByteBuffer.allocateDirect(SECTORS_EACH * 512)
                    : ByteBuffer.allocate(SECTORS_EACH * 512);
            assertEquals(
                    BioStatus.OK,
                    Devices.read(device, BioFlags.NONE, sector(0), content).awaitAcrossInterrupts());
            for (int i = 0; i < SECTORS_EACH; i++) {
                if (acknowledged[i] != 0) {
                    assertEquals(acknowledged[i], content.getLong(i * 512), "sector " + sector(i));
                    assertEquals(sector(i), content.getLong(i * 512 + 504));
                }
            }
        }
    }

    private interface Trouble {
        void make(int step) throws IOException;
    }

    /** Runs the writers until they are through, and makes trouble after every few rounds of theirs. */
    private static void run(BlockDevice device, long seed, int roundsBetween, boolean interrupts, Trouble trouble)
            throws Exception {
        AtomicLong progress = new AtomicLong();
        AtomicBoolean stop = new AtomicBoolean();
        List<Writer> writers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            Writer writer = new Writer(device, i, seed, progress, stop);
            writers.add(writer);
            threads.add(new Thread(writer, "writer " + i));
        }
        threads.forEach(Thread::start);
        int step = 0;
        long next = roundsBetween;
        while (next < TOTAL_ROUNDS && !stop.get()) {
            long target = next;
            Await.until("progress", () -> stop.get() || progress.get() >= target);
            trouble.make(step++);
            if (interrupts) {
                threads.forEach(Thread::interrupt);
            }
            next += roundsBetween;
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (Writer writer : writers) {
            if (writer.failure != null) {
                throw new AssertionError("seed " + seed, writer.failure);
            }
        }
        writers.forEach(Writer::check);
    }

    @Test
    void connectionsThatBreakAtAnyMoment() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (FakeNbdServer server = new FakeNbdServer(peer -> {
                    long lifetime;
                    synchronized (random) {
                        lifetime = 400L + random.nextInt(1 << 21);
                    }
                    peer.dieAfter(lifetime).serve();
                });
                BlockDevice device = Devices.open(server.uri())) {
            run(device, seed, 10, false, step -> server.dropConnections());
            assertTrue(server.connections() > 10, "seed " + seed);
        }
    }

    @Test
    void interruptedSubmittersBreakNothing() throws Exception {
        long seed = System.nanoTime();
        try (FakeNbdServer server = new FakeNbdServer(Peer::serve);
                BlockDevice device = Devices.open(server.uri())) {
            run(device, seed, 1, true, step -> {});
            assertEquals(1, server.connections(), "seed " + seed);
        }
    }

    @Test
    void aServerThatIsKilledAndStartedAgain() throws Exception {
        long seed = System.nanoTime();
        Path folder = Files.createTempDirectory("nbd");
        Path file = folder.resolve("disk");
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(1 << 20);
        }
        Path socket = folder.resolve("s");
        PeerServer[] server = {PeerServer.nbdkit(socket, "file", file.toString())};
        try (BlockDevice device = Devices.open(server[0].uri())) {
            run(device, seed, SOAK ? 100 : 60, false, step -> {
                server[0].close();
                server[0] = PeerServer.nbdkit(socket, "file", file.toString());
            });
        } finally {
            server[0].close();
        }
        Files.delete(file);
        Files.delete(folder);
    }

    @Test
    void oneDeviceManyInterruptedThreadsWhileItIsOpenedAndClosed() throws Exception {
        try (FakeNbdServer server = new FakeNbdServer(Peer::serve)) {
            for (int i = 0; i < 20; i++) {
                BlockDevice device = Devices.open(server.uri());
                CountDownLatch started = new CountDownLatch(WRITERS);
                List<Thread> threads = new ArrayList<>();
                List<Outcome> outcomes = new ArrayList<>();
                for (int t = 0; t < WRITERS; t++) {
                    Thread thread = new Thread(() -> {
                        started.countDown();
                        Thread.currentThread().interrupt();
                        for (int n = 0; n < 50; n++) {
                            Outcome outcome = Devices.read(device, BioFlags.NONE, n, ByteBuffer.allocate(512));
                            synchronized (outcomes) {
                                outcomes.add(outcome);
                            }
                        }
                    });
                    threads.add(thread);
                    thread.start();
                }
                started.await();
                device.close();
                for (Thread thread : threads) {
                    thread.join();
                }
                for (Outcome outcome : outcomes) {
                    BioStatus status = outcome.await();
                    assertTrue(status == BioStatus.OK || status == BioStatus.TRANSPORT, status.toString());
                }
            }
        }
    }
}
