package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.NbdError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Payloads that a device gave up while somebody can still read and write them, such as a target that was removed by force: the server
 * never uses that memory again.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbandonedPayloadTest {
    private static final int SIZE = 1 << 20;

    private final TestDevice device = new TestDevice(SIZE);
    private final List<ByteBuffer> abandoned = new CopyOnWriteArrayList<>();
    private final AtomicInteger overlaps = new AtomicInteger();
    private final AtomicBoolean abandons = new AtomicBoolean();

    /** Whoever has an abandoned payload writes to it while another request is under way. */
    private void scribble(Bio bio) {
        ByteBuffer payload = bio.payload();
        if (payload == null) {
            return;
        }
        byte[] before = new byte[payload.remaining()];
        payload.duplicate().get(before);
        for (ByteBuffer buffer : abandoned) {
            for (int i = buffer.position(); i < buffer.limit(); i++) {
                buffer.put(i, (byte) ~buffer.get(i));
            }
        }
        byte[] after = new byte[payload.remaining()];
        payload.duplicate().get(after);
        if (!Arrays.equals(before, after)) {
            overlaps.incrementAndGet();
        }
    }

    private void abandon(Bio bio, BioStatus status) {
        bio.abandonPayload();
        abandoned.add(bio.payload());
        bio.endIo(status);
    }

    /** Has the device give up the bios with a payload that come from now on, or serve them. */
    private void device(Consumer<Bio> giveUp) {
        device.before = bio -> {
            if (bio.op().hasPayload() && abandons.get()) {
                giveUp.accept(bio);
            } else {
                scribble(bio);
            }
        };
    }

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private void assertFails(RawClient client, boolean write, int offset, int length) throws IOException {
        abandons.set(true);
        if (write) {
            client.write(0, 77, offset, bytes(length, 0x33));
        } else {
            client.request(Command.READ, 0, 77, offset, length);
        }
        assertEquals(NbdError.EIO, client.error(77));
        abandons.set(false);
    }

    private void assertServesOnOtherMemory(RawClient client) throws IOException {
        for (int length : new int[] {512, 4096, 512, 65536, 100_000 / 512 * 512, 512, 262_144, 1000}) {
            for (int i = 0; i < 4; i++) {
                client.write(0, 5, 1024, bytes(length, i));
                assertEquals(NbdError.OK, client.error(5));
                assertArrayEquals(bytes(length, i), client.read(1024, length));
            }
        }
        assertEquals(0, overlaps.get(), "requests on memory that others write to");
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void endedBeforeSubmitReturns(boolean mayWait) throws Exception {
        device.mayWait = mayWait;
        device(bio -> abandon(bio, BioStatus.IO));
        try (ServerBed bed = ServerBed.of(device);
                RawClient client = bed.simple()) {
            for (int length : new int[] {512, 4096, 65536, 131_072, 700}) {
                assertFails(client, false, 0, length);
                assertServesOnOtherMemory(client);
                assertFails(client, true, 0, length);
                assertServesOnOtherMemory(client);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void endedByAnotherThread(boolean mayWait) throws Exception {
        device.mayWait = mayWait;
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        device(bio -> {
            device.keep = bio;
            Thread ending = new Thread(() -> abandon(bio, BioStatus.IO), "ending");
            threads.add(ending);
            ending.start();
        });
        try (ServerBed bed = ServerBed.of(device);
                RawClient client = bed.simple()) {
            for (int length : new int[] {512, 4096, 65536, 131_072, 700}) {
                assertFails(client, false, 0, length);
                assertServesOnOtherMemory(client);
                assertFails(client, true, 0, length);
                assertServesOnOtherMemory(client);
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void severalRequestsInOneRound() throws Exception {
        Arrays.fill(device.bytes, (byte) 9);
        try (ServerBed bed = ServerBed.of(device);
                RawClient client = bed.simple()) {
            ByteBuffer requests = ByteBuffer.allocate(3 * 28);
            for (int cookie = 0; cookie < 3; cookie++) {
                requests.put(
                        RawClient.requestBytes(Command.READ, 0, cookie, 0, 512).flip());
            }
            AtomicInteger count = new AtomicInteger();
            device.before = bio -> {
                if (count.getAndIncrement() == 1) {
                    abandon(bio, BioStatus.IO);
                } else {
                    scribble(bio);
                }
            };
            client.send(requests);
            assertEquals(NbdError.OK, client.error(0));
            assertArrayEquals(bytes(512, 9), client.receive(512).array());
            assertEquals(NbdError.EIO, client.error(1));
            assertEquals(NbdError.OK, client.error(2));
            assertArrayEquals(bytes(512, 9), client.receive(512).array());
            assertServesOnOtherMemory(client);
        }
    }

    @Test
    void dataInAnAbandonedBufferIsNotSent() throws Exception {
        device(bio -> abandon(bio, BioStatus.OK));
        try (ServerBed bed = ServerBed.of(device);
                RawClient client = bed.simple()) {
            assertFails(client, false, 0, 4096);
            assertFails(client, false, 0, 131_072);
            assertServesOnOtherMemory(client);
        }
    }
}
