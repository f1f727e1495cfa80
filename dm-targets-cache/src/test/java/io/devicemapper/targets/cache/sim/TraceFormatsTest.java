package io.devicemapper.targets.cache.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces in src/test/resources/traces, each with the blocks that it means in a file beside it. */
class TraceFormatsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "numbers.txt, lirs", "lirs.trc, lirs", "arc.lis, arc", "blkparse.txt, blkparse",
        "fio-2.log, fio", "fio-3.log, fio", "msr.csv, msr", "msr-header.csv, msr"
    })
    void aTraceMeansTheseBlocks(String name, String format) throws IOException, SimException {
        Path file = copy(name);
        Trace detected = reader(null).read(file.toString());
        assertEquals(format, detected.description());
        assertEquals(resource(name + ".blocks").lines().toList(), blocks(detected));
        Trace named = reader(TraceFormat.named(format).orElseThrow()).read(file.toString());
        assertEquals(blocks(detected), blocks(named));
    }

    @Test
    void numbersAreAFormatOfTheirOwn() throws IOException, SimException {
        Trace trace = reader(TraceFormat.NUMBERS).read(copy("numbers.txt").toString());
        assertEquals(resource("numbers.txt.blocks").lines().toList(), blocks(trace));
        assertEquals("FILE:1:1: expected a block number, found '*'", error(TraceFormat.NUMBERS, "*\n1\n"));
    }

    @Test
    void aGzipFileIsUnpacked() throws IOException, SimException {
        Path file = folder.resolve("numbers.txt.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(resource("numbers.txt").getBytes(StandardCharsets.UTF_8));
        }
        Trace trace = reader(null).read(file.toString());
        assertEquals("numbers", trace.name());
        assertEquals(resource("numbers.txt.blocks").lines().toList(), blocks(trace));
    }

    @Test
    void theBlockSizeCounts() throws SimException {
        TraceReader eightSectors = new TraceReader(stream("0 8 0 0\n7 2 0 1\n"), null, 8);
        assertEquals(List.of("0", "0", "1"), blocks(eightSectors.read("-")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "lirs|1\\nx\\n|FILE:2:1: expected a block number, found 'x'",
                "lirs|1\\n-2\\n|FILE:2:1: expected a block number, found '-2'",
                "lirs|1\\n  7 8\\n|FILE:2:5: expected the end of the line, found '8'",
                "lirs|9999999999999999999\\n|FILE:1:1: expected a block number below 2^62, found '9999999999999999999'",
                "arc|1 2 3\\n|FILE:1:6: expected the number of the request, found the end of the line",
                "arc|1 2 3 4 5\\n|FILE:1:9: expected the end of the line, found '5'",
                "arc|1 b 3 4\\n|FILE:1:3: expected the number of sectors, found 'b'",
                "blkparse|sda 1 2 0.1 5 Q R 8 + 8 [x]\\n|FILE:1:1: expected a device as MAJOR,MINOR, found 'sda'",
                "blkparse|8,0 1 2 0.1 5 Q R y + 8 [x]\\n|FILE:1:19: expected the first sector, found 'y'",
                "blkparse|8,0 1 2 0.1 5 Q R 8 8 + [x]\\n|FILE:1:21: expected '+', found '8'",
                "blkparse|8,0 1 2 0.1\\n|FILE:1:12: expected the number of a process, found the end of the line",
                "blkparse|8,0 1 2 0.1 5 C R 8 + 8 [0]\\n|FILE: no access to any block in it; of blkparse's events those with action Q count",
                "fio|fio version 9 iolog\\n|FILE:1:13: expected version 2 or 3, found '9'",
                "fio|/dev/a read 0 8\\n|FILE:1:1: expected 'fio version 2 iolog' or 'fio version 3 iolog', found '/dev/a'",
                "fio|fio version 2 iolog\\n/dev/a reed 0 8\\n|FILE:2:8: expected add, open, close, read, write, sync, datasync, trim or wait, found 'reed'",
                "fio|fio version 2 iolog\\n/dev/a read 0\\n|FILE:2:14: expected a length in bytes, found the end of the line",
                "fio|fio version 3 iolog\\n/dev/a read 0 8\\n|FILE:2:1: expected a time, found '/dev/a'",
                "msr|1,h,0,Rad,0,8,1\\n|FILE:1:7: expected Read or Write, found 'Rad'",
                "msr|1,h,0,Read,0,8\\n|FILE:1:15: expected a response time, found the end of the line",
                "msr|1,h,0,Read,,8,1\\n|FILE:1:12: expected an offset in bytes, found ''"
            })
    void aBadLineIsNamed(String format, String text, String message) {
        assertEquals(message, error(TraceFormat.named(format).orElseThrow(), text.replace("\\n", "\n")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# nothing\n"})
    void anEmptyTraceIsAnError(String text) {
        assertEquals("FILE: no access to any block in it", error(null, text));
    }

    @Test
    void whatIsNoTraceIsAnError() {
        assertEquals(
                "FILE:1:1: expected the first line of a trace (numbers, lirs, arc, blkparse, fio, msr), found '?ELF'",
                error(null, "\u007fELF\n"));
    }

    @Test
    void filesThatCannotBeReadAreNamed() {
        String missing = folder.resolve("missing").toString();
        assertEquals(missing + ": no such file", failure(missing));
        assertEquals(folder + ": a folder, not a file", failure(folder.toString()));
        assertEquals(
                "t.xz: of compressed files only .gz can be read; unpack it, or pipe it in and name it -",
                failure("t.xz"));
    }

    private static String failure(String file) {
        return assertThrows(SimException.class, () -> reader(null).read(file)).getMessage();
    }

    /** What is wrong with a trace on standard input. */
    private static String error(TraceFormat format, String text) {
        TraceReader reader = new TraceReader(stream(text), format, 64);
        String message =
                assertThrows(SimException.class, () -> reader.read("-")).getMessage();
        return "FILE" + message.substring(1);
    }

    private static TraceReader reader(TraceFormat format) {
        return new TraceReader(InputStream.nullInputStream(), format, 64);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private Path copy(String name) throws IOException {
        return Files.writeString(folder.resolve(name), resource(name));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = TraceFormatsTest.class.getResourceAsStream("/traces/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Those of the second device are written with a + before them, and so on. */
    private static List<String> blocks(Trace trace) {
        List<String> blocks = new ArrayList<>();
        for (int access = 0; access < trace.accesses(); access++) {
            long block = trace.block(access);
            blocks.add("+".repeat((int) (block >>> 57)) + (block & ((1L << 57) - 1)));
        }
        return blocks;
    }
}
