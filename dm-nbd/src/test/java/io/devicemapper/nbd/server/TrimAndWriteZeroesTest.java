package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.QueueLimits;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.NbdError;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges that are given up, and ranges that become zeroes, also by hand. */
class TrimAndWriteZeroesTest extends CommandBed {
    @Test
    void trimsWholeBlocksOnly() throws IOException {
        disk.limits = TestDevice.EVERYTHING.toBuilder().logicalBlockSize(4096).build();
        connect(false, false);
        long[][] ranges = {{1, 8192}, {4095, 4098}, {0, 4095}, {1, 4096}, {4096, 4096}};
        for (long[] range : ranges) {
            client.request(Command.TRIM, 0, 1, range[0], (int) range[1]);
            assertEquals(0, client.error(1));
        }
        assertEquals(List.of("DISCARD 8+8", "DISCARD 8+8", "DISCARD 8+8"), bios);
    }

    @Test
    void trimIsRefusedWhereItIsNotOffered() throws IOException {
        disk.limits = QueueLimits.DEFAULT;
        connect(false, false);
        client.request(Command.TRIM, 0, 1, 0, 512);
        assertEquals(NbdError.EINVAL, client.error(1));
    }

    @Test
    void trimStaysAHintWhereTheDeviceLostIt() throws IOException {
        connect(false, false);
        disk.limits = QueueLimits.DEFAULT;
        client.request(Command.TRIM, 0, 1, 0, 512);
        assertEquals(0, client.error(1));
        assertEquals(List.of(), bios);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {0, CommandFlags.NO_HOLE, CommandFlags.FAST_ZERO, CommandFlags.NO_HOLE | CommandFlags.FAST_ZERO})
    void writesZeroes(int flags) throws IOException {
        connect(false, false);
        byte[] expected = disk(0, SIZE);
        Arrays.fill(expected, 1024, 1024 + 4096, (byte) 0);
        client.request(Command.WRITE_ZEROES, flags, 1, 1024, 4096);
        assertEquals(0, client.error(1));
        assertArrayEquals(expected, disk(0, SIZE));
        String bioFlags = (flags & CommandFlags.NO_HOLE) != 0 ? "NOUNMAP" : "";
        if ((flags & CommandFlags.FAST_ZERO) != 0) {
            bioFlags += (bioFlags.isEmpty() ? "" : "|") + "FAST_ONLY";
        }
        assertEquals(List.of("WRITE_ZEROES" + (bioFlags.isEmpty() ? "" : "(" + bioFlags + ")") + " 2+8"), bios);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesZeroesByHandWhereTheDeviceCannot(boolean mayWait) throws IOException {
        disk.limits = QueueLimits.builder().writeCache(true).build();
        connect(false, mayWait);
        client.request(Command.WRITE_ZEROES, CommandFlags.FAST_ZERO, 1, 0, 4096);
        assertEquals(NbdError.ENOTSUP, client.error(1));
        assertEquals(List.of(), bios, "at once, and unchanged");
        byte[] expected = disk(0, SIZE);
        for (int[] range : new int[][] {{512, SIZE - 512}, {3, 10}, {1000, 24}, {1020, 10}, {511, 1026}, {100, 412}}) {
            new Random(3).nextBytes(disk.bytes);
            expected = disk(0, SIZE);
            Arrays.fill(expected, range[0], range[0] + range[1], (byte) 0);
            client.request(Command.WRITE_ZEROES, CommandFlags.NO_HOLE, 2, range[0], range[1]);
            assertEquals(0, client.error(2));
            assertArrayEquals(expected, disk(0, SIZE), Arrays.toString(range));
        }
    }

    @Test
    void partsOfBlocksAreNeverFastToZero() throws IOException {
        connect(false, false);
        byte[] expected = disk(0, SIZE);
        client.request(Command.WRITE_ZEROES, CommandFlags.FAST_ZERO, 1, 1, 4096);
        assertEquals(NbdError.ENOTSUP, client.error(1));
        assertArrayEquals(expected, disk(0, SIZE));
    }
}
