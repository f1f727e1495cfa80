package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.server.RawClient.Chunk;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes back and what lands on the device, at any length and offset; reading ahead, and the end. */
class ReadsAndWritesTest extends CommandBed {
    /** Lengths on both sides of every bound between ways to read, aligned and not. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void reads(boolean structured, boolean mayWait) throws IOException {
        connect(structured, mayWait);
        int[] lengths = {1, 511, 512, 513, 4096, 65536, 66048, 131072, 300000, SIZE};
        int[] offsets = {0, 1, 512, 4095, 65536};
        for (int length : lengths) {
            for (int offset : offsets) {
                if (offset + length > SIZE) {
                    continue;
                }
                client.request(Command.READ, structured ? CommandFlags.DF : 0, 7, offset, length);
                byte[] data;
                if (structured) {
                    Chunk chunk = client.chunk();
                    assertTrue(chunk.isDone());
                    assertEquals(ChunkType.OFFSET_DATA, chunk.type());
                    assertEquals(7, chunk.cookie());
                    assertEquals(offset, chunk.payload().getLong());
                    data = new byte[chunk.payload().remaining()];
                    chunk.payload().get(data);
                } else {
                    assertEquals(new RawClient.SimpleReply(0, 7), client.simpleReply());
                    data = client.receive(length).array();
                }
                assertArrayEquals(disk(offset, length), data, length + " bytes at " + offset);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writes(boolean mayWait) throws IOException {
        connect(false, mayWait);
        Random random = new Random(1);
        for (int length : new int[] {1, 512, 4096, 5000, 65536, 262144, 300000, SIZE}) {
            for (int offset : new int[] {0, 100, 1024}) {
                if (offset + length > SIZE) {
                    continue;
                }
                byte[] data = new byte[length];
                random.nextBytes(data);
                byte[] expected = disk(0, SIZE);
                System.arraycopy(data, 0, expected, offset, length);
                client.write(0, 8, offset, data);
                assertEquals(0, client.error(8));
                assertArrayEquals(expected, disk(0, SIZE), length + " bytes at " + offset);
            }
        }
    }

    @Test
    void thirtyTwoMebibytesAreServed() throws IOException {
        TestDevice large = new TestDevice(34 << 20);
        byte[] data = new byte[32 << 20];
        new Random(2).nextBytes(data);
        bed = ServerBed.of(large);
        client = bed.simple();
        client.write(0, 1, 512, data);
        assertEquals(0, client.error(1));
        assertArrayEquals(data, client.read(512, data.length));
        client.write(0, 2, 1, data);
        assertEquals(0, client.error(2));
        assertArrayEquals(data, client.read(1, data.length));
    }

    @Test
    void longerPayloadsAreRefused() throws IOException {
        TestDevice large = new TestDevice(34 << 20);
        bed = ServerBed.of(large);
        client = bed.simple();
        int tooLong = (32 << 20) + 1;
        client.request(Command.READ, 0, 1, 0, tooLong);
        assertEquals(NbdError.EINVAL, client.error(1));
        client.write(0, 2, 0, new byte[tooLong]);
        assertEquals(NbdError.EINVAL, client.error(2));
        assertEquals(512, client.read(0, 512).length, "the payload was consumed");
        client.request(Command.WRITE, 0, 3, 0, -1);
        client.awaitHangUp();
    }

    @Test
    void cacheReadsAheadWhereThatMayHelp() throws IOException {
        connect(false, true);
        client.request(Command.CACHE, 0, 1, 1000, 3000);
        assertEquals(0, client.error(1));
        assertEquals(List.of("READ 1+7"), bios);
    }

    @Test
    void disconnectEndsQuietly() throws IOException {
        connect(false, false);
        client.request(Command.READ, 0, 1, 0, 512);
        client.request(Command.DISC, 0, 2, 0, 0);
        assertEquals(0, client.error(1));
        assertArrayEquals(disk(0, 512), client.receive(512).array());
        client.awaitHangUp();
        bed.awaitConnections(0);
    }
}
