package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is durable when a request has been answered. */
class FlushAndFuaTest extends CommandBed {
    @Test
    void fuaIsToleratedEverywhere() throws IOException {
        connect(true, false);
        client.request(Command.READ, CommandFlags.FUA, 1, 0, 512);
        assertEquals(520, client.chunk().payload().remaining());
        for (int command : new int[] {Command.FLUSH, Command.TRIM, Command.WRITE_ZEROES, Command.CACHE}) {
            client.request(command, CommandFlags.FUA, 2, 0, command == Command.FLUSH ? 0 : 512);
            assertEquals(0, client.error(2), Command.name(command));
        }
        client.request(Command.BLOCK_STATUS, CommandFlags.FUA | CommandFlags.REQ_ONE, 3, 0, 512);
        assertEquals(ChunkType.BLOCK_STATUS, client.chunk().type());
        client.write(CommandFlags.FUA, 4, 0, pattern(512));
        assertEquals(0, client.error(4));
        assertEquals(
                List.of("READ 0+1", "FLUSH 0+0", "DISCARD(FUA) 0+1", "WRITE_ZEROES(FUA) 0+1", "WRITE(FUA) 0+1"), bios);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fuaIsAFlushWhereTheDeviceHasNone(boolean mayWait) throws IOException {
        disk.limits = TestDevice.EVERYTHING.toBuilder().fua(false).build();
        connect(false, mayWait);
        client.write(CommandFlags.FUA, 1, 0, pattern(512));
        assertEquals(0, client.error(1));
        client.write(CommandFlags.FUA, 2, 1, pattern(512));
        assertEquals(0, client.error(2));
        client.request(Command.WRITE_ZEROES, CommandFlags.FUA, 3, 0, 512);
        assertEquals(0, client.error(3));
        client.request(Command.WRITE_ZEROES, CommandFlags.FUA, 4, 1, 512);
        assertEquals(0, client.error(4));
        client.request(Command.TRIM, CommandFlags.FUA, 5, 0, 512);
        assertEquals(0, client.error(5));
        bios.removeIf(bio -> bio.startsWith("READ"));
        assertEquals(
                List.of(
                        "WRITE 0+1",
                        "FLUSH 0+0",
                        "WRITE 0+2",
                        "FLUSH 0+0",
                        "WRITE_ZEROES 0+1",
                        "FLUSH 0+0",
                        "WRITE 0+1",
                        "WRITE 1+1",
                        "FLUSH 0+0",
                        "DISCARD 0+1",
                        "FLUSH 0+0"),
                bios);
    }

    @Test
    void aFlushThatFailsFailsTheWriteThatWantedIt() throws IOException {
        disk.limits = TestDevice.EVERYTHING.toBuilder().fua(false).build();
        disk.before = bio -> {
            if (bio.op() == BioOp.FLUSH) {
                bio.endIo(BioStatus.MEDIUM);
            }
        };
        connect(false, false);
        client.write(CommandFlags.FUA, 1, 0, pattern(512));
        assertEquals(NbdError.EIO, client.error(1));
        client.write(0, 2, 0, pattern(512));
        assertEquals(0, client.error(2));
    }

    @Test
    void withoutAVolatileCacheThereIsNothingToFlush() throws IOException {
        disk.limits =
                TestDevice.EVERYTHING.toBuilder().fua(false).writeCache(false).build();
        connect(false, false);
        client.request(Command.FLUSH, 0, 1, 0, 0);
        assertEquals(0, client.error(1));
        client.write(CommandFlags.FUA, 2, 0, pattern(512));
        assertEquals(0, client.error(2));
        assertEquals(List.of("WRITE 0+1"), bios);
    }
}
