package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server against the clients of other projects, and next to nbdkit where that serves the same data. */
@Timeout(120)
class PeersTest {
    private static final int SIZE = 24 << 20;

    /** In units of this, nbdkit's memory plugin tells data from holes. */
    private static final int PAGE_SECTORS = 64;

    @TempDir
    Path folder;

    private final TestDevice disk = new TestDevice(SIZE);
    private final TestDevice readOnly = new TestDevice(1 << 20);
    private ServerBed bed;

    @BeforeEach
    void serve() throws IOException {
        readOnly.readOnly = true;
        disk.extents = this::tellPages;
        bed = ServerBed.of(
                NbdExports.of(Map.of("disk", disk, "read only ü", readOnly)),
                settings -> settings.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }

    @AfterEach
    void stop() throws IOException {
        bed.close();
    }

    private void tellPages(long sector, long sectors, ExtentVisitor visitor) {
        for (long at = sector; at < sector + sectors; ) {
            long page = at / PAGE_SECTORS * PAGE_SECTORS;
            long end = Math.min(page + PAGE_SECTORS, sector + sectors);
            boolean zero = true;
            synchronized (disk.bytes) {
                for (int i = (int) page * 512; zero && i < (page + PAGE_SECTORS) * 512; i++) {
                    zero = disk.bytes[i] == 0;
                }
            }
            if (!visitor.visit(at, end - at, zero ? ExtentType.HOLE : ExtentType.DATA)) {
                return;
            }
            at = end;
        }
    }

    private String uri() {
        return bed.uri("disk");
    }

    private byte[] diskBytes() {
        synchronized (disk.bytes) {
            return disk.bytes.clone();
        }
    }

    /** A file with data in some places and holes elsewhere. */
    private Path sparseImage() throws IOException {
        Path image = folder.resolve("image");
        byte[] data = new byte[100_000];
        new Random(8).nextBytes(data);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SIZE);
            for (int begin : new int[] {0, 1 << 20, 5_000_000, SIZE - data.length}) {
                file.seek(begin);
                file.write(data);
            }
        }
        return image;
    }

    @Test
    void nbdinfoSaysWhatItSaysOfNbdkit() throws Exception {
        PeerTool.assume("nbdkit");
        String ours = PeerTool.run("nbdinfo", "--json", uri());
        String theirs =
                PeerTool.run("nbdkit", "-U", "-", "memory", String.valueOf(SIZE), "--run", "nbdinfo --json \"$uri\"");
        for (String line : theirs.lines().toList()) {
            boolean named = line.contains("\"export-name\"") || line.contains("\"uri\"");
            if (!named) {
                String fact = line.strip().replaceAll(",$", "");
                assertTrue(ours.contains(fact), () -> fact + " is missing in " + ours);
            }
        }
        assertTrue(ours.contains("\"block_size_minimum\": 512"), ours);
        assertTrue(ours.contains("\"block_size_maximum\": 33554432"), ours);
    }

    @Test
    void nbdinfoListsTheExports() throws Exception {
        String list = PeerTool.run("nbdinfo", "--list", "--json", bed.uri(""));
        assertTrue(list.contains("\"export-name\": \"disk\""), list);
        assertTrue(list.contains("\"export-name\": \"read only ü\""), list);
        assertTrue(list.contains("\"is_read_only\": true"), list);
        assertEquals("1048576\n", PeerTool.run("nbdinfo", "--size", bed.uri("read%20only%20%C3%BC")));
        PeerTool.Result missing = PeerTool.tryRun("nbdinfo", bed.uri("nosuch"));
        assertNotEquals(0, missing.status());
        assertTrue(missing.output().contains("No such file or directory for export: nosuch"), missing::output);
        bed.assertServes();
    }

    @Test
    void nbdinfoOverTcp() throws Exception {
        int port = ((InetSocketAddress) bed.server.addresses().get(1)).getPort();
        String host = InetAddress.getLoopbackAddress().getHostAddress();
        assertEquals(SIZE + "\n", PeerTool.run("nbdinfo", "--size", "nbd://" + host + ":" + port + "/disk"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mapsAreThoseOfNbdkit(boolean mayWait) throws Exception {
        PeerTool.assume("nbdkit");
        PeerTool.assume("qemu-img");
        disk.mayWait = mayWait;
        String image = sparseImage().toString();
        PeerTool.run("nbdcopy", image, uri());
        String ourMap = PeerTool.run("nbdinfo", "--map", uri());
        String script = "nbdcopy '" + image + "' \"$uri\" && nbdinfo --map \"$uri\"";
        assertEquals(PeerTool.run("nbdkit", "-U", "-", "memory", String.valueOf(SIZE), "--run", script), ourMap);
        assertTrue(ourMap.contains("hole,zero"), ourMap);
        String ourQemuMap = PeerTool.run("qemu-img", "map", "--output=json", "-f", "raw", uri());
        String qemuScript = "nbdcopy '" + image + "' \"$uri\" && qemu-img map --output=json -f raw \"$uri\"";
        assertEquals(
                PeerTool.run("nbdkit", "-U", "-", "memory", String.valueOf(SIZE), "--run", qemuScript), ourQemuMap);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nbdcopyInAndOut(boolean mayWait) throws Exception {
        disk.mayWait = mayWait;
        byte[] data = new byte[SIZE];
        new Random(9).nextBytes(data);
        Path in = Files.write(folder.resolve("in"), data);
        Path out = folder.resolve("out");
        PeerTool.run("nbdcopy", "--connections=4", in.toString(), uri());
        assertArrayEquals(data, diskBytes());
        PeerTool.run("nbdcopy", "--connections=4", uri(), out.toString());
        assertArrayEquals(data, Files.readAllBytes(out));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void qemuImg(boolean mayWait) throws Exception {
        disk.mayWait = mayWait;
        String info = PeerTool.run("qemu-img", "info", "--output=json", uri());
        assertTrue(info.contains("\"virtual-size\": " + SIZE), info);
        Arrays.fill(disk.bytes, (byte) 1);
        Path image = sparseImage();
        PeerTool.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image.toString(), uri());
        assertArrayEquals(Files.readAllBytes(image), diskBytes());
        PeerTool.run("qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(), uri());
        Path qcow = folder.resolve("qcow2");
        PeerTool.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", uri(), qcow.toString());
        PeerTool.run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", qcow.toString(), uri());
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void qemuIo(int blockBytes) throws Exception {
        disk.limits =
                TestDevice.EVERYTHING.toBuilder().logicalBlockSize(blockBytes).build();
        Arrays.fill(disk.bytes, (byte) 0x11);
        String output = PeerTool.run(
                "qemu-io",
                "-f",
                "raw",
                "-c",
                "write -P 0x22 1k 3k",
                "-c",
                "write -f -P 0x33 64k 1M",
                "-c",
                "aio_write -P 0x44 2M 4M",
                "-c",
                "aio_write -P 0x55 8M 4M",
                "-c",
                "aio_flush",
                "-c",
                "flush",
                "-c",
                "write -z 3M 64k",
                "-c",
                "write -z -u 4M 64k",
                "-c",
                "discard 8M 1M",
                "-c",
                "read -P 0x11 0 1k",
                "-c",
                "read -P 0x22 1k 3k",
                "-c",
                "read -P 0x11 4k 60k",
                "-c",
                "read -P 0x33 64k 1M",
                "-c",
                "aio_read -P 0x44 2M 1M",
                "-c",
                "aio_read -P 0 3M 64k",
                "-c",
                "aio_read -P 0 4M 64k",
                "-c",
                "aio_read -P 0x55 9M 3M",
                "-c",
                "aio_flush",
                "-c",
                "write -P 0x66 12345 678",
                "-c",
                "read -P 0x66 12345 678",
                uri());
        assertTrue(!output.contains("failed") && !output.contains("error"), output);
        assertEquals(0x66, disk.bytes[12345]);
        assertEquals(0x11, disk.bytes[12344]);
        assertEquals(0x66, disk.bytes[12345 + 677]);
        assertEquals(0x11, disk.bytes[12345 + 678]);
        PeerTool.Result beyond = PeerTool.tryRun("qemu-io", "-f", "raw", "-c", "read " + SIZE + " 512", uri());
        assertNotEquals(0, beyond.status());
        PeerTool.Result refused =
                PeerTool.tryRun("qemu-io", "-f", "raw", "-c", "write 0 512", bed.uri("read%20only%20%C3%BC"));
        assertNotEquals(0, refused.status());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fioVerifies(boolean mayWait) throws Exception {
        PeerTool.assume("fio");
        disk.mayWait = mayWait;
        if (!PeerTool.run("fio", "--enghelp").contains("nbd")) {
            Assumptions.abort("this fio has no nbd engine");
        }
        String output = PeerTool.run(
                "fio",
                "--thread",
                "--name=verify",
                "--ioengine=nbd",
                "--uri=" + uri(),
                "--rw=randwrite",
                "--bsrange=4k-1M",
                "--bs_unaligned=0",
                "--iodepth=32",
                "--numjobs=2",
                "--size=12M",
                "--offset_increment=12M",
                "--loops=2",
                "--verify=crc32c",
                "--verify_fatal=1",
                "--verify_state_save=0",
                "--fsync=16");
        assertTrue(output.contains("err= 0"), output);
    }
}
