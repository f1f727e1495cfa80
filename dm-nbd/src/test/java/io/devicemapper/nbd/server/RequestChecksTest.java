package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.ExtentType;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.server.RawClient.Chunk;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests are refused before any device hears of them, and which odd ones are not. */
class RequestChecksTest extends CommandBed {
    private static final long LONGEST = 0xFFFFFFFFL;

    private void connectAskingForBlockSizes() throws IOException {
        bed = ServerBed.of(disk);
        client = bed.greeted();
        client.ask(OptionCode.GO, RawClient.goData("disk", InfoType.BLOCK_SIZE));
    }

    @ParameterizedTest
    @CsvSource({
        "READ, EINVAL",
        "WRITE, ENOSPC",
        "TRIM, EINVAL",
        "WRITE_ZEROES, ENOSPC",
        "CACHE, EINVAL",
        "BLOCK_STATUS, EINVAL"
    })
    void beyondTheEnd(String name, String error) throws IOException {
        connect(true, false);
        int command = command(name);
        long[][] ranges = {
            {SIZE, 1},
            {SIZE - 511, 512},
            {SIZE + 512, 512},
            {-1, 1},
            {-512, 512},
            {-512, 1024},
            {Long.MIN_VALUE, 512},
            {Long.MAX_VALUE, 512},
            {Long.MAX_VALUE - 511, 512},
            {0, SIZE + 512},
            {1L << 62, 4096}
        };
        for (long[] range : ranges) {
            int length = (int) range[1];
            if (command == Command.WRITE) {
                client.write(0, 3, range[0], new byte[length]);
            } else {
                client.request(command, 0, 3, range[0], length);
            }
            assertEquals(error, NbdError.name(answeredError(command, 3)), Arrays.toString(range));
        }
        assertEquals(List.of(), bios, "nothing of this reaches the device");
    }

    /** 2^32 - 1 bytes, more than the device has. */
    @ParameterizedTest
    @ValueSource(strings = {"READ", "TRIM", "WRITE_ZEROES", "CACHE", "BLOCK_STATUS"})
    void theLongestLength(String name) throws IOException {
        connect(true, false);
        int command = command(name);
        client.request(command, 0, 3, 0, -1);
        String expected = command == Command.WRITE_ZEROES ? "ENOSPC" : "EINVAL";
        assertEquals(expected, NbdError.name(answeredError(command, 3)));
    }

    private static int command(String name) {
        for (int command = 0; command < 8; command++) {
            if (Command.name(command).equals(name)) {
                return command;
            }
        }
        throw new AssertionError(name);
    }

    /** On a device that says it has more than 4 GiB. */
    @Test
    void theLongestLengthInsideTheDevice() throws IOException {
        disk.sectors = 1L << 30;
        disk.before = bio -> {
            bios.add(bio.toString());
            bio.endIo(BioStatus.OK);
        };
        disk.extents = (sector, sectors, visitor) -> visitor.visit(sector, sectors, ExtentType.HOLE);
        connect(true, false);
        client.request(Command.BLOCK_STATUS, 0, 1, 1L << 33, -1);
        Chunk chunk = client.chunk();
        assertEquals(1, chunk.payload().getInt());
        assertEquals(LONGEST, Integer.toUnsignedLong(chunk.payload().getInt()));
        assertEquals(3, chunk.payload().getInt());
        assertFalse(chunk.payload().hasRemaining());
        client.request(Command.TRIM, 0, 2, 512, -1);
        assertEquals(0, client.error(2));
        client.request(Command.WRITE_ZEROES, 0, 3, 0, 0xFFFFFE00);
        assertEquals(0, client.error(3));
        client.request(Command.CACHE, 0, 4, 3, -1);
        assertEquals(0, client.error(4));
        assertEquals(List.of("DISCARD 1+8388607", "WRITE_ZEROES 0+8388607"), bios);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void zeroLengthIsNoError(boolean structured) throws IOException {
        connect(structured, false);
        if (structured) {
            client.request(Command.READ, 0, 1, SIZE, 0);
            Chunk chunk = client.chunk();
            assertEquals(ChunkType.NONE, chunk.type());
            assertTrue(chunk.isDone());
            client.request(Command.BLOCK_STATUS, 0, 2, 0, 0);
            assertEquals(NbdError.EINVAL, answeredError(Command.BLOCK_STATUS, 2), "there is no extent of no bytes");
        } else {
            assertArrayEquals(new byte[0], client.read(SIZE, 0));
        }
        for (int command : new int[] {Command.WRITE, Command.TRIM, Command.WRITE_ZEROES, Command.CACHE}) {
            client.request(command, 0, 3, 512, 0);
            assertEquals(0, client.error(3), Command.name(command));
        }
        assertEquals(List.of(), bios);
    }

    @Test
    void unknownCommandsAndFlags() throws IOException {
        connect(false, false);
        for (int command : new int[] {8, 9, 255, 65535}) {
            client.request(command, 0, 1, 0, 512);
            assertEquals(NbdError.EINVAL, client.error(1));
        }
        int[][] refused = {
            {Command.READ, CommandFlags.DF}, // without structured replies
            {Command.READ, CommandFlags.NO_HOLE},
            {Command.READ, 0x8000},
            {Command.FLUSH, CommandFlags.NO_HOLE},
            {Command.TRIM, CommandFlags.NO_HOLE},
            {Command.TRIM, CommandFlags.FAST_ZERO},
            {Command.WRITE_ZEROES, CommandFlags.DF},
            {Command.WRITE_ZEROES, 32},
            {Command.CACHE, CommandFlags.REQ_ONE},
            {Command.BLOCK_STATUS, CommandFlags.REQ_ONE}, // without a context
        };
        for (int[] request : refused) {
            client.request(request[0], request[1], 2, 0, request[0] == Command.FLUSH ? 0 : 512);
            assertEquals(NbdError.EINVAL, client.error(2), Arrays.toString(request));
        }
        client.write(CommandFlags.NO_HOLE, 3, 0, new byte[512]);
        assertEquals(NbdError.EINVAL, client.error(3));
        client.request(Command.FLUSH, 0, 4, 0, 512);
        assertEquals(NbdError.EINVAL, client.error(4));
        assertEquals(List.of(), bios);
        assertEquals(512, client.read(0, 512).length, "the refused payload was consumed");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readOnlyExportsSayEperm(boolean beyondEnd) throws IOException {
        disk.readOnly = true;
        connect(false, false);
        long offset = beyondEnd ? SIZE : 0;
        client.write(0, 1, offset, pattern(512));
        assertEquals(NbdError.EPERM, client.error(1));
        client.request(Command.TRIM, 0, 2, offset, 512);
        assertEquals(NbdError.EPERM, client.error(2));
        client.request(Command.WRITE_ZEROES, 0, 3, offset, 512);
        assertEquals(NbdError.EPERM, client.error(3));
        client.request(Command.FLUSH, 0, 4, 0, 0);
        assertEquals(0, client.error(4));
        assertEquals(512, client.read(0, 512).length);
    }

    @Test
    void aClientThatAgreedOnBlockSizesMustKeepToThem() throws IOException {
        disk.limits = TestDevice.EVERYTHING.toBuilder().logicalBlockSize(4096).build();
        connectAskingForBlockSizes();
        client.write(0, 1, 512, pattern(4096));
        assertEquals(NbdError.EINVAL, client.error(1));
        client.write(0, 2, 4096, pattern(4096));
        assertEquals(0, client.error(2));
        for (int command : new int[] {Command.READ, Command.TRIM, Command.WRITE_ZEROES, Command.CACHE}) {
            client.request(command, 0, 3, 0, 4097);
            assertEquals(NbdError.EINVAL, client.error(3), Command.name(command));
        }
        assertEquals(List.of("WRITE 8+8"), bios);
    }
}
