package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.nbd.protocol.ChunkType;
import io.devicemapper.nbd.protocol.Command;
import io.devicemapper.nbd.protocol.CommandFlags;
import io.devicemapper.nbd.protocol.InfoType;
import io.devicemapper.nbd.protocol.NbdError;
import io.devicemapper.nbd.protocol.OptionCode;
import io.devicemapper.nbd.server.RawClient.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each command does, and what is answered where it cannot. */
@Timeout(30)
class CommandsTest {
    private static final int SIZE = 1 << 20;
    private static final long LONGEST = 0xFFFFFFFFL;
    private static final List<ExtentType> TYPES = List.of(ExtentType.DATA, ExtentType.ZERO, ExtentType.HOLE);

    private final TestDevice disk = new TestDevice(SIZE);
    private final List<String> bios = new CopyOnWriteArrayList<>();
    /** Of devices that throw; kept here, since a logger that nobody refers to forgets its level. */
    private final Logger deviceLog = Logger.getLogger(BlockDevice.class.getName());

    private ServerBed bed;
    private RawClient client;

    CommandsTest() {
        new Random(4711).nextBytes(disk.bytes);
        disk.before = bio -> bios.add(bio.toString());
    }

    private RawClient connect(boolean structured, boolean mayWait) throws IOException {
        disk.mayWait = mayWait;
        bed = ServerBed.of(disk);
        client = structured ? bed.structured() : bed.simple();
        return client;
    }

    private RawClient connectAskingForBlockSizes() throws IOException {
        bed = ServerBed.of(disk);
        client = bed.greeted();
        client.ask(OptionCode.GO, RawClient.goData("disk", InfoType.BLOCK_SIZE));
        return client;
    }

    @AfterEach
    void stop() throws IOException {
        deviceLog.setLevel(null);
        client.close();
        bed.close();
    }

    private byte[] disk(long offset, int length) {
        synchronized (disk.bytes) {
            return Arrays.copyOfRange(disk.bytes, (int) offset, (int) offset + length);
        }
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0x5A);
        return bytes;
    }

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

    /** Of a client with structured replies. */
    private int answeredError(int command, long cookie) throws IOException {
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

    @Test
    void cacheReadsAheadWhereThatMayHelp() throws IOException {
        connect(false, true);
        client.request(Command.CACHE, 0, 1, 1000, 3000);
        assertEquals(0, client.error(1));
        assertEquals(List.of("READ 1+7"), bios);
    }

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

    @ParameterizedTest
    @CsvSource({
        "IO, EIO",
        "UNSUPPORTED, EINVAL",
        "NO_SPACE, ENOSPC",
        "MEDIUM, EIO",
        "PROTECTION, EIO",
        "TRANSPORT, EIO",
        "TIMEOUT, EIO",
        "TARGET, EIO",
        "NOT_PERMITTED, EPERM"
    })
    void errorsOfTheDeviceAreTold(BioStatus status, String error) throws IOException {
        disk.before = bio -> bio.endIo(status);
        connect(true, false);
        client.write(0, 1, 0, pattern(512));
        assertEquals(error, NbdError.name(client.error(1)));
        client.write(0, 2, 1, pattern(512));
        assertEquals(error, NbdError.name(client.error(2)));
        client.request(Command.READ, 0, 3, 0, 512);
        assertEquals(error, NbdError.name(answeredError(Command.READ, 3)));
        client.request(Command.READ, 0, 4, 0, 1 << 17);
        assertEquals(error, NbdError.name(answeredError(Command.READ, 4)));
        client.request(Command.FLUSH, 0, 5, 0, 0);
        assertEquals(error, NbdError.name(client.error(5)));
        client.request(Command.WRITE_ZEROES, CommandFlags.FAST_ZERO, 6, 0, 512);
        assertEquals(status == BioStatus.UNSUPPORTED ? "ENOTSUP" : error, NbdError.name(client.error(6)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeviceThatThrowsFailsThatRequestAlone(boolean mayWait) throws IOException {
        deviceLog.setLevel(Level.OFF);
        disk.before = bio -> {
            if (bio.sector() == 2) {
                throw new IllegalStateException("a target's mistake");
            }
        };
        connect(false, mayWait);
        for (int i = 0; i < 20; i++) {
            client.request(Command.READ, 0, 1, 1024, 512);
            assertEquals(NbdError.EIO, client.error(1));
            client.write(0, 2, 1024, pattern(512));
            assertEquals(NbdError.EIO, client.error(2));
            client.write(0, 3, 1025, pattern(10));
            assertEquals(NbdError.EIO, client.error(3));
            assertArrayEquals(disk(0, 512), client.read(0, 512));
        }
    }

    /** The client keeps the size that it was told. */
    @Test
    void aDeviceThatShrinksOrGrows() throws IOException {
        connect(true, false);
        disk.sectors = 1024;
        client.request(Command.READ, 0, 1, SIZE - 512, 512);
        assertEquals(NbdError.EIO, answeredError(Command.READ, 1));
        client.write(0, 2, 1024 * 512 - 512, pattern(1024));
        assertEquals(NbdError.EIO, client.error(2));
        client.request(Command.BLOCK_STATUS, 0, 3, 0, SIZE);
        assertEquals(NbdError.EIO, answeredError(Command.BLOCK_STATUS, 3));
        disk.sectors = 4 * SIZE / Bio.SECTOR_SIZE;
        client.request(Command.READ, 0, 4, SIZE, 512);
        assertEquals(NbdError.EINVAL, answeredError(Command.READ, 4));
        client.request(Command.READ, 0, 5, 0, 512);
        assertEquals(520, client.chunk().payload().remaining());
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
