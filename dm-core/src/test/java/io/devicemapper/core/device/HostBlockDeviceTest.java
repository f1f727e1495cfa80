package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A block device of the host: a loop device, where this user may make one. */
class HostBlockDeviceTest {
    private static final int SECTORS = 16384;

    @TempDir
    Path folder;

    private Path loop;

    @BeforeEach
    void makeLoopDevice() throws Exception {
        assumeTrue(NativeFile.AVAILABLE, "no system calls through JNA here");
        Path backing = Files.write(folder.resolve("backing"), Payloads.bytesOf(SECTORS, (byte) 9));
        loop = attach("--show", "--find", backing.toString());
    }

    private static Path attach(String... options) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("losetup"));
        command.addAll(List.of(options));
        Process losetup;
        try {
            losetup = new ProcessBuilder(command).start();
        } catch (IOException e) {
            return abort("losetup is not installed");
        }
        String output = new String(losetup.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assumeTrue(losetup.waitFor() == 0 && !output.isEmpty(), "this user cannot make loop devices");
        return Path.of(output);
    }

    @AfterEach
    void detach() throws Exception {
        if (loop != null) {
            assertEquals(
                    0,
                    new ProcessBuilder("losetup", "--detach", loop.toString())
                            .start()
                            .waitFor());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsWritesAndDiscards(boolean direct) throws Exception {
        try (FileDevice device = FileDevice.open(loop, FileOptions.DEFAULT.withDirect(direct))) {
            assertEquals(SECTORS, device.sectors());
            int block = device.limits().logicalBlockSectors();
            assertArrayEquals(Payloads.bytesOf(block, (byte) 9), Payloads.read(device, SECTORS - block, block));
            assertEquals(
                    BioStatus.OK,
                    Payloads.submit(device, BioOp.WRITE, BioFlags.FUA, block, block, Payloads.filled(block, (byte) 1)));
            assertArrayEquals(Payloads.bytesOf(block, (byte) 1), Payloads.read(device, block, block));
            for (int flags : new int[] {BioFlags.NONE, BioFlags.NOUNMAP}) {
                device.write(0, Payloads.filled(4096, (byte) 2));
                assertEquals(BioStatus.OK, Payloads.submit(device, BioOp.WRITE_ZEROES, flags, block, 2048, null));
                assertArrayEquals(new byte[2048 * 512], Payloads.read(device, block, 2048));
                assertArrayEquals(Payloads.bytesOf(block, (byte) 2), Payloads.read(device, 0, block));
                assertArrayEquals(Payloads.bytesOf(block, (byte) 2), Payloads.read(device, block + 2048L, block));
            }
            assertTrue(device.limits().maxDiscardSectors() > 0);
            device.discard(0, SECTORS);
            device.flush();
            assertEquals(1, Extents.of(device, 0, SECTORS).size());
        }
    }

    @Test
    void sectorSizeIsTheDevices() throws Exception {
        Path coarse = attach(
                "--show",
                "--find",
                "--sector-size",
                "4096",
                folder.resolve("backing").toString());
        try (FileDevice device = FileDevice.open(coarse, FileOptions.DEFAULT)) {
            assertEquals(4096, device.limits().logicalBlockSize());
            assertEquals(
                    BioStatus.IO,
                    Payloads.submit(device, BioOp.READ, BioFlags.NONE, 1, 8, Payloads.filled(8, (byte) 0)));
        } finally {
            new ProcessBuilder("losetup", "--detach", coarse.toString()).start().waitFor();
        }
    }

    @Test
    void deviceThatTheKernelUsesIsRefusedForWriting() throws Exception {
        try (NativeFile claim = NativeFile.open(loop, LinuxCalls.O_RDONLY | LinuxCalls.O_EXCL)) {
            IOException e = assertThrows(IOException.class, () -> FileDevice.open(loop, FileOptions.DEFAULT));
            assertEquals(loop + ": in use by the kernel: mounted, or part of another device", e.getMessage());
            assertTrue(claim.path().toString().startsWith("/proc/self/fd/"));
        }
        // Two devices of this process do not claim it from each other.
        FileDevice first = FileDevice.open(loop, FileOptions.DEFAULT);
        FileDevice second = FileDevice.open(loop, FileOptions.DEFAULT);
        second.close();
        first.close();
    }
}
