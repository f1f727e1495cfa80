package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.devicemapper.block.Bio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files in use by a second process of ours, with both kinds of locks. */
class FileLocksTest {
    private static final FileOptions WRITING = FileOptions.DEFAULT;
    private static final FileOptions READING = FileOptions.DEFAULT.withReadOnly(true);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
    }

    private FileDevice open(FileOptions options, FileLocks locks, boolean useNative) throws IOException {
        return FileDevice.open(file.toString(), file, options, locks, useNative);
    }

    private void assertBusy(OtherProcess holder, FileOptions options, boolean useNative) {
        IOException e = assertThrows(IOException.class, () -> open(options, new FileLocks(useNative), useNative));
        String expected = Files.isDirectory(Path.of("/proc/self/fdinfo"))
                ? file + ": in use by process " + holder.pid() + " (java)"
                : file + ": in use by another process";
        assertEquals(expected, e.getMessage());
    }

    private static void assumeAvailable(boolean useNative) {
        assumeTrue(!useNative || NativeFile.AVAILABLE, "no system calls through JNA here");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writerElsewhereKeepsEverybodyOut(boolean useNative) throws Exception {
        assumeAvailable(useNative);
        try (OtherProcess holder = OtherProcess.opening(file, "rw", useNative)) {
            assertEquals("open", holder.answer());
            assertBusy(holder, WRITING, useNative);
            assertBusy(holder, READING, useNative);
        }
        open(WRITING, new FileLocks(useNative), useNative).close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readersOfSeveralProcessesShareAndKeepWritersOut(boolean useNative) throws Exception {
        assumeAvailable(useNative);
        FileLocks locks = new FileLocks(useNative);
        try (OtherProcess holder = OtherProcess.opening(file, "ro", useNative)) {
            assertEquals("open", holder.answer());
            try (FileDevice reader = open(READING, locks, useNative)) {
                IOException e = assertThrows(IOException.class, () -> open(WRITING, locks, useNative));
                assertTrue(e.getMessage().contains(": in use by "), e::getMessage);
                // The failed upgrade took nothing from the reader.
                assertArrayEquals(new byte[512], Payloads.read(reader, 0, 1));
                holder.end();
                open(WRITING, locks, useNative).close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void devicesOfOneProcessShareWhatOthersMayNotTouch(boolean useNative) throws Exception {
        assumeAvailable(useNative);
        FileLocks locks = new FileLocks(useNative);
        FileDevice reader = open(READING, locks, useNative);
        FileDevice writer = open(WRITING, locks, useNative);
        FileDevice secondWriter = open(WRITING, locks, useNative);
        secondWriter.close();
        assertRefused("ro", useNative);
        writer.close();
        assertRefused("rw", useNative);
        try (OtherProcess other = OtherProcess.opening(file, "ro", useNative)) {
            assertEquals("open", other.answer());
        }
        reader.close();
        try (OtherProcess other = OtherProcess.opening(file, "rw", useNative)) {
            assertEquals("open", other.answer());
        }
    }

    private void assertRefused(String mode, boolean useNative) throws Exception {
        try (OtherProcess other = OtherProcess.opening(file, mode, useNative)) {
            String own = " process " + ProcessHandle.current().pid() + " ";
            String answer = other.answer();
            assertTrue(answer.contains(": in use by") && (answer + " ").contains(own), answer);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingAnotherDescriptorOfTheFileKeepsTheLock(boolean useNative) throws Exception {
        assumeAvailable(useNative);
        FileLocks locks = new FileLocks(useNative);
        try (FileDevice writer = open(WRITING, locks, useNative)) {
            open(READING, locks, useNative).close();
            if (useNative) {
                Files.readAllBytes(file); // opens and closes behind our back, which ends POSIX locks
            }
            assertRefused("rw", useNative);
            Thread.currentThread().interrupt();
            writer.submit(Bio.read(0, Payloads.filled(1, (byte) 0), (bio, status) -> assertTrue(status.isOk())));
            assertTrue(Thread.interrupted());
            assertRefused("rw", useNative);
        }
    }
}
