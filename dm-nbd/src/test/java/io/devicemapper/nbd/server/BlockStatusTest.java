package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.ExtentType;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.server.RawClient.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client is told of data, zeroes and holes. */
class BlockStatusTest extends CommandBed {
    private static final List<ExtentType> TYPES = List.of(ExtentType.DATA, ExtentType.ZERO, ExtentType.HOLE);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void blockStatus(boolean mayWait) throws IOException {
        // In sectors: 8 data, 8 zero, 8 hole, and so on; told in pieces of 4.
        disk.extents = (sector, sectors, visitor) -> {
            boolean more = true;
            for (long at = sector; more && at < sector + sectors; ) {
                long end = Math.min(at / 4 * 4 + 4, sector + sectors);
                more = visitor.visit(at, end - at, TYPES.get((int) (at / 8 % 3)));
                at = end;
            }
        };
        connect(true, mayWait);
        assertEquals("[4096:0, 4096:2, 4096:3, 4096:0, 4096:2, 4096:3]", extents(0, 24576, 0));
        assertEquals("[4096:0]", extents(0, 24576, CommandFlags.REQ_ONE));
        assertEquals("[4095:0, 4096:2, 1:3]", extents(1, 8192, 0));
        assertEquals("[1:2]", extents(8191, 1, CommandFlags.REQ_ONE));
        assertEquals("[100:3]", extents(9000, 100, 0));
        assertEquals("[1:2, 4096:3, 3:0]", extents(8191, 4100, 0));
    }

    private String extents(long offset, int length, int flags) throws IOException {
        client.request(Command.BLOCK_STATUS, flags, 9, offset, length);
        Chunk chunk = client.chunk();
        assertEquals(9, chunk.cookie());
        assertEquals(ChunkType.BLOCK_STATUS, chunk.type());
        assertTrue(chunk.isDone());
        ByteBuffer payload = chunk.payload();
        assertEquals(1, payload.getInt());
        List<String> extents = new ArrayList<>();
        while (payload.hasRemaining()) {
            extents.add(Integer.toUnsignedString(payload.getInt()) + ":" + payload.getInt());
        }
        return extents.toString();
    }

    @Test
    void veryManyExtentsAreToldInPart() throws IOException {
        disk.sectors = 1 << 20;
        disk.extents = (sector, sectors, visitor) -> {
            for (long at = sector; at < sector + sectors; at++) {
                if (!visitor.visit(at, 1, at % 2 == 0 ? ExtentType.DATA : ExtentType.HOLE)) {
                    return;
                }
            }
        };
        connect(true, false);
        client.request(Command.BLOCK_STATUS, 0, 1, 512, (1 << 29) - 512);
        Chunk chunk = client.chunk();
        assertEquals(4 + 4096 * 8, chunk.payload().remaining());
        for (int i = 0; i < 4096; i++) {
            assertEquals(512, chunk.payload().getInt(4 + 8 * i));
            assertEquals(i % 2 == 0 ? 3 : 0, chunk.payload().getInt(8 + 8 * i));
        }
    }

    /** A device that breaks the contract of extents, in several ways. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "gap", "backwards", "empty", "throws", "fails"})
    void wrongExtentsAreAnError(String fault) throws IOException {
        disk.extents = (sector, sectors, visitor) -> {
            switch (fault) {
                case "none" -> {}
                case "gap" -> visitor.visit(sector + 1, sectors - 1, ExtentType.HOLE);
                case "backwards" -> {
                    visitor.visit(sector, 2, ExtentType.HOLE);
                    visitor.visit(sector, 2, ExtentType.DATA);
                }
                case "empty" -> visitor.visit(sector, 0, ExtentType.HOLE);
                case "throws" -> throw new IllegalStateException("wrong");
                default -> throw new IOException("disk error");
            }
        };
        connect(true, false);
        client.request(Command.BLOCK_STATUS, 0, 1, 0, 4096);
        assertEquals(NbdError.EIO, answeredError(Command.BLOCK_STATUS, 1));
        disk.extents = null;
        assertEquals("[4096:0]", extents(0, 4096, 0));
    }
}
