package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.nbd.client.Devices.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against the servers of other projects. */
class NbdPeersTest {
    private Path folder;
    private Path socket;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("nbd"); // short: a socket's path has at most 107 bytes
        socket = folder.resolve("s");
    }

    @AfterEach
    void removeFolder() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private Path sparseFile(long bytes) throws IOException {
        Path file = folder.resolve("disk");
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(bytes);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsWrittenComesBack(boolean direct) throws IOException {
        try (PeerServer server = PeerServer.nbdkit(socket, "memory", "64M");
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(64 << 11, device.sectors());
            assertTrue(device.limits().writeCache());
            assertTrue(device.limits().fua());
            checkData(device, direct);
        }
    }

    static void checkData(BlockDevice device, boolean direct) throws IOException {
        Random random = new Random(1);
        for (int sectors : new int[] {1, 7, 8, 31, 32, 33, 255, 256, 513, 4096, 65536, 70001}) {
            byte[] bytes = new byte[sectors * 512];
            random.nextBytes(bytes);
            ByteBuffer out = inTheMiddle(5, bytes.length, direct);
            out.put(5, bytes);
            device.write(3, out);
            assertEquals(5, out.position());
            ByteBuffer in = inTheMiddle(3, bytes.length, direct);
            device.read(3, in);
            assertEquals(ByteBuffer.wrap(bytes), in, sectors + " sectors");
            assertEquals(3, in.position());
            assertEquals(3 + bytes.length, in.limit());
        }
        device.flush();
        device.writeZeroes(10, 100);
        device.discard(200, 100);
        ByteBuffer zeroes = ByteBuffer.allocate(100 * 512);
        device.read(10, zeroes);
        assertEquals(ByteBuffer.allocate(100 * 512), zeroes);
    }

    private static ByteBuffer inTheMiddle(int position, int length, boolean direct) {
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(length + 10) : ByteBuffer.allocate(length + 10);
        return buffer.limit(position + length).position(position);
    }

    @Test
    void simpleRepliesAlone() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(socket, "--no-sr", "memory", "64M");
                BlockDevice device = Devices.open(server.uri())) {
            checkData(device, true);
            assertEquals(List.of("0+131072 DATA"), extents(device, 0, device.sectors()));
        }
    }

    @Test
    void dataOverTcp() throws IOException {
        try (PeerServer server = PeerServer.nbdkitTcp("memory", "64M");
                BlockDevice device = Devices.open(server.uri())) {
            checkData(device, false);
        }
    }

    @Test
    void dataThroughQemu() throws IOException {
        Path file = sparseFile(64 << 20);
        try (PeerServer server = PeerServer.qemuNbd(
                        socket, "--format=raw", "--export-name=disk", "--discard=unmap", file.toString());
                BlockDevice device = Devices.open(server.uri("disk", ""))) {
            checkData(device, true);
            IOException e = assertThrows(IOException.class, () -> Devices.open(server.uri("other", "")));
            assertTrue(e.getMessage().endsWith("it has 'disk'"), e.getMessage());
            assertTrue(e.getMessage().contains("the server has no export 'other'"), e.getMessage());
        }
    }

    @Test
    void qemuOverTcp() throws IOException {
        Path file = sparseFile(64 << 20);
        try (PeerServer server = PeerServer.qemuNbdTcp("--format=raw", file.toString());
                BlockDevice device = Devices.open(server.uri())) {
            checkData(device, false);
        }
    }

    @Test
    void extentsOfASparseFile() throws IOException {
        Path file = sparseFile(8 << 20);
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.seek(1 << 20);
            disk.write(new byte[1 << 20]);
            disk.seek(4 << 20);
            disk.write(new byte[64 << 10]);
        }
        try (PeerServer server = PeerServer.nbdkit(socket, "file", file.toString());
                BlockDevice device = Devices.open(server.uri())) {
            List<String> expected =
                    List.of("0+2048 HOLE", "2048+2048 DATA", "4096+4096 HOLE", "8192+128 DATA", "8320+8064 HOLE");
            assertEquals(expected, extents(device, 0, device.sectors()));
            assertEquals(List.of("2047+1 HOLE", "2048+2 DATA"), extents(device, 2047, 3));
        }
        try (PeerServer server = PeerServer.qemuNbd(socket, "--format=raw", file.toString());
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals("0+2048 HOLE", extents(device, 0, device.sectors()).get(0));
            List<String> first = new ArrayList<>();
            device.extents(0, device.sectors(), (sector, sectors, type) -> {
                first.add(sector + "+" + sectors);
                return false;
            });
            assertEquals(List.of("0+2048"), first);
        }
    }

    private static List<String> extents(BlockDevice device, long sector, long sectors) throws IOException {
        List<String> found = new ArrayList<>();
        device.extents(sector, sectors, (first, count, type) -> found.add(first + "+" + count + " " + type));
        return found;
    }

    @Test
    void bigDevice() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(socket, "memory", "size=8191P");
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(8191L << 41, device.sectors());
            long sector = (5L << 41) + 77;
            ByteBuffer out = Devices.stamped(sector, 8, 9, false);
            device.write(sector, out);
            ByteBuffer in = ByteBuffer.allocate(8 * 512);
            device.read(sector, in);
            assertEquals(out, in);
            // Longer than one request can be.
            device.discard(sector - 1, (20L << 21) + 5);
            device.writeZeroes(sector, 9L << 21);
            device.read(sector, in);
            assertEquals(ByteBuffer.allocate(8 * 512), in);
        }
    }

    @Test
    void errorsOfTheServerAreNoPathErrors() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(
                        socket,
                        "--filter=error",
                        "memory",
                        "1M",
                        "error=EIO",
                        "error-pwrite=ENOSPC",
                        "error-rate=1",
                        "error-pwrite-rate=1");
                BlockDevice device = Devices.open(server.uri())) {
            ByteBuffer payload = ByteBuffer.allocate(4096);
            assertEquals(
                    BioStatus.NO_SPACE,
                    Devices.write(device, BioFlags.NONE, 0, payload).await());
            assertEquals(
                    BioStatus.TARGET,
                    Devices.read(device, BioFlags.NONE, 0, payload).await());
            assertEquals(
                    BioStatus.TARGET,
                    Devices.submit(device, BioOp.WRITE_ZEROES, BioFlags.NONE, 0, 8)
                            .await());
        }
    }

    @Test
    void manyAtOnceAreAnsweredOutOfOrder() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(
                        socket, "--filter=delay", "memory", "64M", "delay-write=20ms", "delay-read=1ms");
                BlockDevice device = Devices.open(server.uri())) {
            List<Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                outcomes.add(Devices.write(device, BioFlags.NONE, i * 8L, Devices.stamped(i * 8L, 8, i, i % 2 == 0)));
                outcomes.add(Devices.read(device, BioFlags.NONE, 100_000 + i, ByteBuffer.allocate(512)));
            }
            outcomes.forEach(outcome -> assertEquals(BioStatus.OK, outcome.await()));
            ByteBuffer in = ByteBuffer.allocateDirect(8 * 512);
            for (int i = 0; i < 400; i++) {
                device.read(i * 8L, in);
                assertEquals(Devices.stamped(i * 8L, 8, i, false), in);
            }
        }
    }

    @Test
    void aReadOnlyExportIsOpenedForReadingOnly() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(socket, "--readonly", "memory", "1M")) {
            IOException e = assertThrows(IOException.class, () -> Devices.open(server.uri()));
            assertEquals(server.uri() + ": the export is read-only, and was to be opened for writing", e.getMessage());
            try (BlockDevice device = Devices.open(server.uri(), true)) {
                assertTrue(device.isReadOnly());
                device.read(0, ByteBuffer.allocate(512));
                device.flush();
                BlockIoException refused =
                        assertThrows(BlockIoException.class, () -> device.write(0, ByteBuffer.allocate(512)));
                assertEquals(BioStatus.NOT_PERMITTED, refused.status());
            }
        }
    }

    @Test
    void blockSizesOfTheServerBecomeLimits() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(
                        socket,
                        "--filter=blocksize-policy",
                        "memory",
                        "1000001",
                        "blocksize-minimum=4096",
                        "blocksize-preferred=65536",
                        "blocksize-maximum=131072",
                        "blocksize-error-policy=error");
                BlockDevice device = Devices.open(server.uri())) {
            assertEquals(1000001 / 4096 * 8, device.sectors());
            assertEquals(4096, device.limits().logicalBlockSize());
            assertEquals(65536, device.limits().ioMin());
            assertEquals(256, device.limits().maxSectors());
            ByteBuffer out = Devices.stamped(8, 1000, 3, true);
            device.write(8, out);
            ByteBuffer in = ByteBuffer.allocate(1000 * 512);
            device.read(8, in);
            assertEquals(out, in);
            assertThrows(BlockIoException.class, () -> device.read(1, ByteBuffer.allocate(4096)));
        }
    }

    @Test
    void aServerWithoutFlushOrWritesOfZeroes() throws IOException {
        try (PeerServer server = PeerServer.nbdkit(
                        socket,
                        "--filter=nozero",
                        "eval",
                        "get_size=echo 1M",
                        "pread=dd if=/dev/zero count=$3 iflag=count_bytes",
                        "pwrite=cat >/dev/null");
                BlockDevice device = Devices.open(server.uri())) {
            assertFalse(device.limits().writeCache());
            assertEquals(0, device.limits().maxDiscardSectors());
            device.write(0, ByteBuffer.allocate(512));
            assertEquals(BioStatus.UNSUPPORTED, Devices.flush(device).await());
            assertEquals(
                    BioStatus.UNSUPPORTED,
                    Devices.submit(device, BioOp.DISCARD, BioFlags.NONE, 0, 8).await());
        }
    }

    @Test
    void aServerThatRequiresTls() throws IOException {
        PeerServer.assumeInstalled("nbdkit");
        Path psk = folder.resolve("psk");
        Files.writeString(psk, "user:0123456789abcdef0123456789abcdef\n");
        try (PeerServer server = PeerServer.nbdkit(socket, "--tls=require", "--tls-psk=" + psk, "memory", "1M")) {
            IOException e = assertThrows(IOException.class, () -> Devices.open(server.uri()));
            assertTrue(e.getMessage().contains("requires TLS, which is not supported"), e.getMessage());
        }
    }
}
