package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.ExtentType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDeviceTest {
    @TempDir
    Path folder;

    private static String failure(Path path, FileOptions options) {
        return assertThrows(
                        IOException.class, () -> FileDevice.open(path, options).close())
                .getMessage();
    }

    @Test
    void contentIsThatOfTheFileAtTheSamePlace() throws Exception {
        Path file = folder.resolve("disk.img");
        byte[] content = Payloads.randomBytes(new java.util.Random(Payloads.newSeed("content")), 2048);
        Files.write(file, content);
        try (FileDevice device = FileDevice.open(file, FileOptions.DEFAULT)) {
            assertEquals(file.toString(), device.name());
            assertTrue(device.mayWait());
            assertTrue(device.limits().writeCache());
            assertArrayEquals(content, Payloads.read(device, 0, 2048));
            device.write(77, Payloads.filled(3, (byte) 1));
            device.flush();
        }
        System.arraycopy(Payloads.bytesOf(3, (byte) 1), 0, content, 77 * 512, 3 * 512);
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    void promptWritesAreWritesWhateverTheSystemOffers() throws Exception {
        Path file = folder.resolve("prompt.img");
        FileOptions options = FileOptions.DEFAULT.withSizeBytes(1 << 20);
        byte[] content = Payloads.randomBytes(new java.util.Random(Payloads.newSeed("prompt")), 2048);
        for (boolean useNative : new boolean[] {NativeFile.AVAILABLE, false}) {
            try (FileDevice device = FileDevice.open("meta", file, options, new FileLocks(useNative), useNative)) {
                device.write(0, BioFlags.PROMPT, ByteBuffer.wrap(new byte[content.length]));
                device.write(0, BioFlags.PROMPT, ByteBuffer.wrap(content));
                assertArrayEquals(content, Payloads.read(device, 0, 2048));
                device.flush();
            }
        }
        assertArrayEquals(content, Arrays.copyOf(Files.readAllBytes(file), content.length));
    }

    @Test
    void sizeIsRoundedDownToSectors() throws Exception {
        Path file = Files.write(folder.resolve("odd"), new byte[3 * 512 + 100]);
        try (FileDevice device = FileDevice.open(file, FileOptions.DEFAULT)) {
            assertEquals(3, device.sectors());
            device.write(0, Payloads.filled(3, (byte) 1));
        }
        assertEquals(3 * 512 + 100, Files.size(file));
        assertEquals(0, Files.readAllBytes(file)[3 * 512]);
    }

    @Test
    void missingFileIsMadeSparseWithTheSizeGivenAndFoundAgain() throws Exception {
        Path file = folder.resolve("new.img");
        FileOptions options = FileOptions.DEFAULT.withSizeBytes(5L << 30);
        FileDevice.open(file, options).close();
        assertEquals(5L << 30, Files.size(file));
        try (FileDevice device = FileDevice.open(file, options)) {
            assertEquals((5L << 30) / 512, device.sectors());
            if (NativeFile.AVAILABLE) {
                assertEquals(
                        List.of(new Extents.Extent(0, device.sectors(), ExtentType.HOLE)),
                        Extents.of(device, 0, device.sectors()));
            }
        }
    }

    @Test
    void existingFileKeepsItsSize() throws Exception {
        Path file = Files.write(folder.resolve("old.img"), new byte[1 << 20]);
        assertEquals(
                file + ": exists with a size of 1M, not 64M",
                failure(file, FileOptions.DEFAULT.withSizeBytes(64 << 20)));
        assertEquals(1 << 20, Files.size(file));
        FileDevice.open(file, FileOptions.DEFAULT).close(); // the refusal left no lock behind
    }

    @Test
    void whatCannotBeOpenedIsSaidInOneLine() throws Exception {
        Path missing = folder.resolve("missing.img");
        assertEquals(missing + ": no such file", failure(missing, FileOptions.DEFAULT));
        assertEquals(folder + ": is a directory", failure(folder, FileOptions.DEFAULT));
        Path lost = folder.resolve("nowhere/disk.img");
        assertEquals(
                lost + ": no such directory: " + lost.getParent(),
                failure(lost, FileOptions.DEFAULT.withSizeBytes(1 << 20)));
        assertFalse(Files.exists(missing));
    }

    @Test
    void neitherCharacterDevicesNorPipesAreOpened() throws Exception {
        Path zero = Path.of("/dev/zero");
        assumeTrue(Files.exists(zero), "no /dev/zero here");
        assertEquals(zero + ": neither a regular file nor a block device", failure(zero, FileOptions.DEFAULT));
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo here");
        assertEquals(pipe + ": neither a regular file nor a block device", failure(pipe, FileOptions.DEFAULT));
    }

    @Test
    void tooLargeForTheFileSystemLeavesNoFileBehind() {
        Path file = folder.resolve("huge.img");
        FileOptions options = FileOptions.DEFAULT.withSizeBytes(Long.MAX_VALUE);
        IOException e;
        try {
            FileDevice.open(file, options).close();
            assumeTrue(false, "this file system has files of 2^63-1 bytes");
        } catch (IOException failure) {
            e = failure;
            assertTrue(e.getMessage().startsWith(file + ": cannot be made with "), e::getMessage);
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void fileWithoutPermissionToWriteIsRefusedForWritingAlone() throws Exception {
        Path file = Files.write(folder.resolve("fixed.img"), new byte[4096]);
        assertTrue(file.toFile().setWritable(false));
        assumeFalse(Files.isWritable(file), "this user may write everything");
        assertEquals(file + ": permission denied", failure(file, FileOptions.DEFAULT));
        FileDevice.open(file, FileOptions.DEFAULT.withReadOnly(true)).close();
    }

    @Test
    void fileThatShrankFailsReadsBehindItsNewEnd() throws Exception {
        Path file = Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        try (FileDevice device = FileDevice.open(file, FileOptions.DEFAULT);
                RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
            other.setLength(4096);
            BlockIoException e = assertThrows(BlockIoException.class, () -> Payloads.read(device, 4, 8));
            assertEquals(BioStatus.IO, e.status());
            assertArrayEquals(new byte[4096], Payloads.read(device, 0, 8));
        }
    }

    @Test
    void deletedFileStaysUsableEvenAfterAnInterrupt() throws Exception {
        assumeTrue(NativeFile.AVAILABLE, "no system calls through JNA here");
        Path file = Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        try (FileDevice device = FileDevice.open(file, FileOptions.DEFAULT)) {
            device.write(0, Payloads.filled(8, (byte) 4));
            Files.delete(file);
            Files.write(file, new byte[1 << 20]); // another file under the same name
            Thread.currentThread().interrupt();
            assertArrayEquals(Payloads.bytesOf(8, (byte) 4), Payloads.read(device, 0, 8));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void statusTellsWhyWritingFailed() {
        assertEquals(BioStatus.NO_SPACE, IoErrors.status(new ErrnoException("pwrite", ErrnoException.ENOSPC)));
        assertEquals(BioStatus.NO_SPACE, IoErrors.status(new ErrnoException("pwrite", ErrnoException.EDQUOT)));
        assertEquals(BioStatus.NOT_PERMITTED, IoErrors.status(new ErrnoException("fallocate", ErrnoException.EPERM)));
        assertEquals(BioStatus.IO, IoErrors.status(new ErrnoException("pwrite", 5)));
        assertEquals(BioStatus.NO_SPACE, IoErrors.status(new IOException("No space left on device")));
        assertEquals(BioStatus.NO_SPACE, IoErrors.status(new IOException("Disk quota exceeded")));
        assertEquals(BioStatus.NOT_PERMITTED, IoErrors.status(new IOException("Read-only file system")));
        assertEquals(BioStatus.IO, IoErrors.status(new IOException("Input/output error")));
        assertEquals(BioStatus.IO, IoErrors.status(new IOException((String) null)));
    }

    @Test
    void holesOfTheFileAreSeenWhereTheyAre() throws Exception {
        assumeTrue(NativeFile.AVAILABLE, "no system calls through JNA here");
        Path file = folder.resolve("sparse.img");
        try (BlockDevice device = FileDevice.open(file, FileOptions.DEFAULT.withSizeBytes(64 << 20))) {
            device.write(16384, Payloads.filled(256, (byte) 1));
            device.write(65536, Payloads.filled(256, (byte) 2));
            assertEquals(
                    List.of(
                            new Extents.Extent(0, 16384, ExtentType.HOLE),
                            new Extents.Extent(16384, 256, ExtentType.DATA),
                            new Extents.Extent(16640, 48896, ExtentType.HOLE),
                            new Extents.Extent(65536, 256, ExtentType.DATA),
                            new Extents.Extent(65792, 65280, ExtentType.HOLE)),
                    Extents.of(device, 0, device.sectors()));
            assertEquals(List.of(new Extents.Extent(16387, 13, ExtentType.DATA)), Extents.of(device, 16387, 13));
        }
    }
}
