package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** QEMU's tools and we keep out of each other's files. */
class QemuLockTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void makeFile() throws Exception {
        assumeTrue(NativeFile.AVAILABLE, "no system calls through JNA here");
        for (String tool : List.of("qemu-img", "qemu-io")) {
            assumeTrue(isInstalled(tool), tool + " is not installed");
        }
        file = Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
    }

    private static boolean isInstalled(String tool) throws InterruptedException {
        try {
            return new Run(tool, "--version").status == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** A command that has ended. */
    private static final class Run {
        private final int status;
        private final String output;

        private Run(String... command) throws IOException, InterruptedException {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            status = process.exitValue();
        }
    }

    private Run compareWithItself(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("qemu-img", "compare", "-f", "raw", "-F", "raw"));
        command.addAll(List.of(options));
        command.add(file.toString());
        command.add(file.toString());
        return new Run(command.toArray(String[]::new));
    }

    @Test
    void ourWriterKeepsQemuOut() throws Exception {
        try (FileDevice writer = FileDevice.open(file, FileOptions.DEFAULT)) {
            assertTrue(writer.sectors() > 0);
            Run compare = compareWithItself();
            assertNotEquals(0, compare.status);
            assertTrue(compare.output.contains("Failed to get"), compare.output);
            Run write = new Run("qemu-io", "-f", "raw", "-c", "write 0 512", file.toString());
            assertTrue(write.output.contains("Failed to get"), write.output);
            // Reads no content, and so goes through.
            assertEquals(0, new Run("qemu-img", "info", "-U", "-f", "raw", file.toString()).status);
        }
        assertEquals(0, compareWithItself().status);
    }

    @Test
    void ourReaderSharesWithQemusReadersAlone() throws Exception {
        try (FileDevice reader = FileDevice.open(file, FileOptions.DEFAULT.withReadOnly(true))) {
            assertTrue(reader.isReadOnly());
            assertEquals(0, compareWithItself().status);
            assertEquals(0, compareWithItself("-U").status);
            Run write = new Run("qemu-io", "-f", "raw", "-c", "write 0 512", file.toString());
            assertTrue(write.output.contains("Failed to get"), write.output);
        }
    }

    @Test
    void qemusWriterKeepsUsOut() throws Exception {
        Process qemu = new ProcessBuilder("qemu-io", "-f", "raw", file.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output =
                        new BufferedReader(new InputStreamReader(qemu.getInputStream(), StandardCharsets.UTF_8));
                Writer input = qemu.outputWriter(StandardCharsets.UTF_8)) {
            input.write("read 0 512\n");
            input.flush();
            String line = output.readLine();
            while (line != null && !line.contains("read 512/512")) {
                line = output.readLine();
            }
            for (boolean readOnly : new boolean[] {true, false}) {
                IOException e = assertThrows(
                        IOException.class, () -> FileDevice.open(file, FileOptions.DEFAULT.withReadOnly(readOnly)));
                assertEquals(file + ": in use by process " + qemu.pid() + " (qemu-io)", e.getMessage());
            }
        }
        assertTrue(qemu.waitFor(30, TimeUnit.SECONDS));
        FileDevice.open(file, FileOptions.DEFAULT).close();
    }
}
