package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A transcript that is right passes, and one that is wrong anywhere does not. */
class GoldenReplayTest {
    private static final String TRANSCRIPT = """
            record: devices
            device: loop0 7:0 64 512
            device: loop1 7:1 64 4096

            record: shift
            cmd: dmsetup create s -u U-1
            stdin: 0 16 shift /dev/loop0 3
            rc: 0
            wrote: s 0 16 a
            readback: ok
            cmd: dmsetup create t --readonly
            stdin: 0 4 shift /dev/mapper/s 2
            stdin: 4 8 shift 7:1 8
            rc: 1
            cmd: dmsetup create t --readonly
            stdin: 0 8 shift /dev/mapper/s 2
            stdin: 8 8 shift 7:1 8
            rc: 0
            cmd: dmsetup create n --notable
            rc: 0
            cmd: dmsetup table t
            rc: 0
            out: 0 8 shift 253:0 2
            out: 8 8 shift 7:1 8
            cmd: dmsetup table --showkeys s
            rc: 0
            out: 0 16 shift 7:0 3
            cmd: dmsetup status s
            rc: 0
            out: 0 16 shift\\s
            cmd: dmsetup info -c t
            rc: 0
            out: Name             Maj Min Stat Open Targ Event  UUID
            out: t                253   1 L--r    0    2      0
            cmd: dmsetup info s
            rc: 0
            out: Name:              s
            out: State:             ACTIVE
            out: Read Ahead:        256
            out: Tables present:    LIVE
            out: Open count:        1
            out: Event number:      0
            out: Major, minor:      253, 0
            out: Number of targets: 1
            out: UUID: U-1
            out:
            cmd: dmsetup info n
            rc: 0
            out: Name:              n
            out: State:             ACTIVE
            out: Tables present:    None
            out: Open count:        0
            out: Event number:      0
            out: Major, minor:      253, 2
            out: Number of targets: 0
            out:
            cmd: dmsetup deps t
            rc: 0
            out: 2 dependencies\t: (7, 1) (253, 0)
            io: write t 0 8 b
            result: EPERM
            io: read t 0 16
            result: ok
            sha256: @READ@
            content: 2+8:a zero*8
            io: write s 16 1 a
            result: EIO
            cmd: dmsetup remove --retry s
            rc: 1
            cmd: dmsetup remove t
            rc: 0
            cmd: dmsetup remove s
            rc: 0
            backing: loop0 2 8 @BACKING@
            content: loop0 zero*1 0+7:a
            content: loop1 whole zero*64
            """;

    private final SectorPattern pattern = SectorPattern.golden();

    private String transcript() {
        ByteBuffer read = ByteBuffer.allocate(16 * Bio.SECTOR_SIZE)
                .put(pattern.sectors(2, 8, 'a'))
                .clear();
        ByteBuffer backing = ByteBuffer.allocate(8 * Bio.SECTOR_SIZE)
                .position(Bio.SECTOR_SIZE)
                .put(pattern.sectors(0, 7, 'a'))
                .clear();
        StringBuilder text = new StringBuilder(TRANSCRIPT
                .replace("\\s", " ")
                .replace("@READ@", GoldenRequests.sha256(read))
                .replace("@BACKING@", GoldenRequests.sha256(backing)));
        for (int s = 0; s < 7; s++) {
            text.append("sector: loop0 ").append(3 + s).append(' ');
            text.append(GoldenRequests.sha256(pattern.sectors(s, 1, 'a'))).append(' ');
            text.append(s).append(":a\n");
        }
        return text.toString();
    }

    private static void replay(String transcript) throws Exception {
        GoldenFile file = GoldenFile.parse("test.rec", transcript.lines().toList());
        try (GoldenBed bed = new GoldenBed(file.devices())) {
            GoldenReplay.run(bed, file.record("shift"));
        }
    }

    @Test
    void aRightTranscriptPasses() throws Exception {
        replay(transcript());
    }

    static Stream<Arguments> changes() {
        return Stream.of(
                Arguments.of("wrote: s 0 16 a", "wrote: s 0 16 b"),
                Arguments.of("out: 8 8 shift 7:1 8", "out: 8 8 shift 7:1 9"),
                Arguments.of("out: 0 16 shift 7:0 3", "out: 0 16 shift 7:1 3"),
                Arguments.of("out: 0 16 shift \n", "out: 0 16 shift\n"),
                Arguments.of("L--r    0    2", "L--w    0    2"),
                Arguments.of("L--r    0    2", "L--r    1    2"),
                Arguments.of("Open count:        1", "Open count:        0"),
                Arguments.of("UUID: U-1", "UUID: U-2"),
                Arguments.of("Tables present:    None", "Tables present:    LIVE"),
                Arguments.of("(7, 1) (253, 0)", "(253, 0) (7, 1)"),
                Arguments.of("result: EPERM", "result: ok"),
                Arguments.of("result: EIO", "result: EPERM"),
                Arguments.of("content: 2+8:a zero*8", "content: 3+8:a zero*8"),
                Arguments.of("sha256: ", "sha256: 0"),
                Arguments.of("rc: 1\ncmd: dmsetup remove t", "rc: 0\ncmd: dmsetup remove t"),
                Arguments.of("cmd: dmsetup remove t\nrc: 0", "cmd: dmsetup remove t\nrc: 1"),
                Arguments.of("backing: loop0 2 8 ", "backing: loop0 2 8 0"),
                Arguments.of("content: loop0 zero*1 0+7:a", "content: loop0 zero*2 0+6:a"),
                Arguments.of("content: loop1 whole zero*64", "content: loop1 whole zero*63"),
                Arguments.of("sector: loop0 5", "sector: loop0 6"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void aWrongTranscriptFailsAndNamesTheRecord(String right, String wrong) {
        String transcript = transcript();
        assertTrue(transcript.contains(right), right);
        AssertionError failure = assertThrows(AssertionError.class, () -> replay(transcript.replace(right, wrong)));
        assertTrue(failure.getMessage().startsWith("shift: "), failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"cmd: dmsetup remove t,cmd: dmsetup explode t", "io: read t 0 16,io: trim t 0 16"})
    void whatCannotBeReplayedIsSaid(String known, String unknown) {
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class, () -> replay(transcript().replace(known, unknown)));
        assertTrue(refusal.getMessage().startsWith("no way to replay '"), refusal.getMessage());
    }

    @Test
    void disksAreKnownByNumberAndPath() throws Exception {
        GoldenFile file = GoldenFile.parse("test.rec", transcript().lines().toList());
        try (GoldenBed bed = new GoldenBed(file.devices())) {
            assertEquals(64, bed.disk("loop0").sectors());
            assertEquals(4096, bed.disk("loop1").limits().logicalBlockSize());
            assertEquals("2 16 7:0 5 7:1 7", bed.inNumbers("2 16 /dev/loop0 5 7:1 7"));
            assertThrows(IllegalArgumentException.class, () -> bed.disk("loop9"));
        }
    }
}
