package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** All objects of another JVM that can be reached, as {@code jcmd} writes them: arrays of numbers stand in it in big-endian order. */
final class HeapDump {
    private final byte[] content;

    private HeapDump(byte[] content) {
        this.content = content;
    }

    /** Takes one, after a full collection. */
    static HeapDump of(Process process, Path folder) throws IOException, InterruptedException {
        Path file = Files.createTempDirectory(folder, "dump").resolve("heap.hprof");
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.heap_dump",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, jcmd.waitFor(), output);
        byte[] content = Files.readAllBytes(file);
        Files.delete(file);
        return new HeapDump(content);
    }

    /** How often these bytes stand in it one behind the other: as an array of bytes, or of numbers read from them in big-endian order. */
    int count(byte[] bytes) {
        int found = 0;
        for (int at = 0; at <= content.length - bytes.length; at++) {
            if (content[at] == bytes[0] && Arrays.equals(content, at, at + bytes.length, bytes, 0, bytes.length)) {
                found++;
            }
        }
        return found;
    }

    /** As {@link #count}, for numbers of so many bytes that were read in little-endian order. */
    int countSwapped(byte[] bytes, int numberBytes) {
        byte[] swapped = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            swapped[i] = bytes[i - i % numberBytes + numberBytes - 1 - i % numberBytes];
        }
        return count(swapped);
    }

    /** How often the digits of these bytes stand in it, in small or capital letters, as Latin-1 or UTF-16. */
    int countDigits(byte[] bytes) {
        int found = 0;
        String digits = HexFormat.of().formatHex(bytes);
        for (String text : new String[] {digits, digits.toUpperCase(Locale.ROOT)}) {
            found += count(text.getBytes(StandardCharsets.ISO_8859_1));
            found += count(text.getBytes(StandardCharsets.UTF_16BE));
            found += count(text.getBytes(StandardCharsets.UTF_16LE));
        }
        return found;
    }
}
