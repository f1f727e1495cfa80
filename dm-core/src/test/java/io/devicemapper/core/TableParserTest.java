package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Table texts as people and scripts write them. */
class TableParserTest {
    private static String parsed(String text) throws DmException {
        StringBuilder lines = new StringBuilder();
        for (TableLine line : TableParser.parse("vol", text)) {
            lines.append(line.number())
                    .append(':')
                    .append(line.begin())
                    .append('+')
                    .append(line.len())
                    .append(' ')
                    .append(line.type())
                    .append('[')
                    .append(line.args())
                    .append(']');
        }
        return lines.toString();
    }

    @Test
    void linesAreNumberedAsInTheText() throws Exception {
        assertEquals(
                "3:0+8 linear[a 0]5:8+8 zero[]", parsed("# two targets\n\n0 8 linear a 0\n   # between\n8 8 zero\n\n"));
    }

    @Test
    void blanksTabsAndCarriageReturnsAroundWordsDoNotMatter() throws Exception {
        assertEquals("1:0+8 linear[a  \t 0]", parsed(" \t 0\t 8  linear\ta  \t 0 \t\r\n"));
        assertEquals("1:0+8 zero[]2:8+1 zero[]", parsed("0 8 zero\r\n8 1 zero"));
        assertEquals("", parsed(""));
        assertEquals("", parsed("\n \n\t\r\n"));
    }

    @Test
    void aHashEndsALine() throws Exception {
        assertEquals("1:0+8 linear[a 0]", parsed("0 8 linear a 0 # sda\n#0 8 zero\n"));
        assertEquals("1:0+8 linear[a]", parsed("0 8 linear a#b"));
    }

    @Test
    void aBackslashKeepsABlankInAWord() throws Exception {
        assertEquals(List.of("my disk", "0"), words("0 8 linear my\\ disk 0"));
        assertEquals(List.of("back\\slash", "0"), words("0 8 linear back\\\\slash 0"));
        assertEquals(List.of("a ", "b"), words("0 8 linear a\\  b"));
        assertEquals(List.of("ends with a blank "), words("0 8 linear ends\\ with\\ a\\ blank\\ "));
        assertEquals(List.of("lone\\"), words("0 8 linear lone\\"));
    }

    private static List<String> words(String line) throws DmException {
        return TargetArgs.split(TableParser.parse("vol", line).get(0).args(), DeviceMode.READ_ONLY, (name, mode) -> {
                    throw new TargetException("no devices here");
                })
                .rest();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "0 8",
                "zero 0 8",
                "0 zero 8",
                "0x0 8 zero",
                "0 8k zero",
                "0 +8 zero",
                "0,8 zero",
                "0 8.0 zero",
                "\u0661 8 zero",
                "- 8 zero",
                "\"0 8 zero\""
            })
    void malformedLinesAreRefusedWithTheirNumber(String line) {
        DmException refused = assertThrows(DmException.class, () -> TableParser.parse("vol", "0 1 zero\n\n" + line));
        assertEquals(DmError.INVALID, refused.error());
        assertEquals(
                "vol: Invalid format on line 3 of table: expected <start> <length> <target> [<argument>...] with decimal"
                        + " numbers of sectors",
                refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "-1 8 zero, start, -1",
        "0 -8 zero, length, -8",
        "-0 8 zero, start, -0",
        "18014398509481984 8 zero, start, 18014398509481984",
        "0 18014398509481984 zero, length, 18014398509481984",
        "0 9223372036854775808 zero, length, 9223372036854775808",
        "0 99999999999999999999999999 zero, length, 99999999999999999999999999"
    })
    void numbersOutOfRangeAreTooLarge(String line, String what, String digits) {
        DmException refused = assertThrows(DmException.class, () -> TableParser.parse("vol", line));
        assertEquals(
                "vol: table line 1: too large device (" + what + " '" + digits
                        + "': expected a number of sectors from 0 to 18014398509481983)",
                refused.getMessage());
    }

    @Test
    void theLargestNumbersAreRead() throws Exception {
        assertEquals(
                "1:18014398509481983+18014398509481983 zero[]", parsed("18014398509481983 18014398509481983 zero"));
        assertEquals("1:7+8 zero[]", parsed("007 0000000000000000000000000008 zero"));
    }

    /** A second's work; quadratic in the number of lines it would take an hour, and the build with it. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void aTableMayHaveAHundredThousandLines() throws Exception {
        ScriptedTarget target = new ScriptedTarget("map");
        MemoryDevice a = new MemoryDevice("a", 8);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            text.append(i * 2L).append(" 2 map a 0 # line ").append(i).append('\n');
        }
        assertEquals(100_000, TableParser.parse("vol", text.toString()).size());
        try (DeviceMapper dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .device("a", a)
                .build()) {
            dm.create("vol", text.toString());
            assertEquals(200_000, dm.device("vol").orElseThrow().sectors());
        }
        assertEquals(
                200_000,
                target.life().stream()
                        .filter(l -> l.equals("ctr") || l.equals("dtr"))
                        .count());
    }
}
