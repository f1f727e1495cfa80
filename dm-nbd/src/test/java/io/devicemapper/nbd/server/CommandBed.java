package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.server.RawClient.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A server of one disk, which notes its bios, and a client. */
@Timeout(30)
abstract class CommandBed {
    static final int SIZE = 1 << 20;

    final TestDevice disk = new TestDevice(SIZE);
    /** Every bio that reached the device. */
    final List<String> bios = new CopyOnWriteArrayList<>();

    ServerBed bed;
    RawClient client;

    CommandBed() {
        new Random(4711).nextBytes(disk.bytes);
        disk.before = bio -> bios.add(bio.toString());
    }

    /** Serves the disk as it is set up by now. */
    void connect(boolean structured, boolean mayWait) throws IOException {
        disk.mayWait = mayWait;
        bed = ServerBed.of(disk);
        client = structured ? bed.structured() : bed.simple();
    }

    @AfterEach
    final void stop() throws IOException {
        client.close();
        bed.close();
    }

    byte[] disk(long offset, int length) {
        synchronized (disk.bytes) {
            return Arrays.copyOfRange(disk.bytes, (int) offset, (int) offset + length);
        }
    }

    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0x5A);
        return bytes;
    }

    /** Of a client with structured replies. */
    int answeredError(int command, long cookie) throws IOException {
        if (command != Command.READ && command != Command.BLOCK_STATUS) {
            return client.error(cookie);
        }
        Chunk chunk = client.chunk();
        assertEquals(cookie, chunk.cookie());
        assertTrue(chunk.isDone());
        assertEquals(ChunkType.ERROR, chunk.type());
        ByteBuffer payload = chunk.payload();
        assertEquals(payload.remaining(), 6 + payload.getShort(4));
        return chunk.error();
    }
}
