package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GoldenFileTest {
    private static final String SAMPLE = """
            # what some devices said
            # seed: 1

            record: devices
            device: loop0 7:0 18688 512
            device: loop7 7:7 16384 4096

            record: a name: with a colon
            cmd: dmsetup create lin
            stdin: 0 100 linear 7:0 0
            stdin:
            stdin: 100 8 zero
            rc: 0
            out: 0 100 linear\s
            out:
            io: read lin 0 8
            result: ok
            note: done by hand
            """;

    private final GoldenFile file = parse(SAMPLE);

    @Test
    void commentsAtTheTopAreTheHeader() {
        assertEquals(Optional.of("1"), file.header("seed"));
        assertEquals(Optional.empty(), file.header("kernel"));
    }

    @Test
    void recordsKeepTheirOrderAndAreFoundByTheirId() {
        assertEquals(
                List.of("devices", "a name: with a colon"),
                file.records().stream().map(GoldenRecord::id).toList());
        assertEquals("a name: with a colon", file.record("a name: with a colon").toString());
        IllegalArgumentException missing = assertThrows(IllegalArgumentException.class, () -> file.record("b"));
        assertEquals("sample.rec: no record 'b'", missing.getMessage());
    }

    @Test
    void devicesAreRead() {
        assertEquals(
                List.of(new GoldenDevice("loop0", "7:0", 18688, 512), new GoldenDevice("loop7", "7:7", 16384, 4096)),
                file.devices());
    }

    @Test
    void aTranscriptIsASequenceOfSteps() {
        List<GoldenStep> steps = file.record("a name: with a colon").steps();
        assertEquals(
                List.of("cmd: dmsetup create lin", "io: read lin 0 8", "note: done by hand"),
                steps.stream().map(GoldenStep::toString).toList());

        GoldenStep create = steps.get(0);
        assertTrue(create.isCommand());
        assertEquals(List.of("dmsetup", "create", "lin"), create.words());
        assertEquals("0 100 linear 7:0 0\n\n100 8 zero", create.standardInput());
        assertEquals(0, create.exitCode());
        assertEquals(List.of("0 100 linear ", ""), create.values("out"), "trailing blanks are part of a value");

        GoldenStep read = steps.get(1);
        assertTrue(read.isIo());
        assertEquals("ok", read.value("result"));
    }

    @Test
    void aValueThatIsNotThereOnceIsNamed() {
        GoldenStep create = file.record("a name: with a colon").steps().get(0);
        assertMessage("step 'cmd: dmsetup create lin': expected one 'err', found 0", () -> create.value("err"));
        assertMessage("step 'cmd: dmsetup create lin': expected one 'out', found 2", () -> create.value("out"));
        assertMessage(
                "record 'devices': expected one 'device', found 2",
                () -> file.record("devices").value("device"));
    }

    @Test
    void malformedFilesAreRefusedWithTheLine() {
        assertEquals(
                "bad.rec:1: expected 'record: ID', found 'cmd: x'",
                assertThrows(IOException.class, () -> GoldenFile.parse("bad.rec", List.of("cmd: x")))
                        .getMessage());
        assertEquals(
                "bad.rec:2: expected an empty line before 'record: b'",
                assertThrows(IOException.class, () -> GoldenFile.parse("bad.rec", List.of("record: a", "record: b")))
                        .getMessage());
        assertEquals(
                "bad.rec:3: second record 'a'",
                assertThrows(
                                IOException.class,
                                () -> GoldenFile.parse("bad.rec", List.of("record: a", "", "record: a")))
                        .getMessage());
    }

    @Test
    void aMissingFileIsNamed() {
        FileNotFoundException missing =
                assertThrows(FileNotFoundException.class, () -> GoldenFile.load(GoldenFileTest.class, "no/such.rec"));
        assertTrue(missing.getMessage().contains("no/such.rec"), missing.getMessage());
    }

    @Test
    void filesComeFromTheClassPath() throws IOException {
        assertEquals(
                List.of("only"),
                GoldenFile.load(GoldenFileTest.class, "kernel-golden/sample.rec").records().stream()
                        .map(GoldenRecord::id)
                        .toList());
    }

    private static void assertMessage(String expected, Executable executable) {
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }

    private static GoldenFile parse(String text) {
        try {
            return GoldenFile.parse("sample.rec", text.lines().toList());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
