package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DmtabTest {
    @Test
    void sectionsHaveANameAttributesAndTableLines() throws SyntaxException {
        List<DeviceSpec> devices = Dmtab.parse("""
                # a comment

                [vol0]
                0 1024 linear a.img 1024
                # another
                1024 2048 linear b.img 0

                  [ro disk]  uuid=DM-1 minor=7 ro   # a third
                0 8 zero
                """);
        assertEquals(2, devices.size());
        DeviceSpec first = devices.get(0);
        assertEquals("vol0", first.name());
        assertEquals(Optional.empty(), first.uuid());
        assertEquals(OptionalInt.empty(), first.minor());
        assertEquals(false, first.readOnly());
        assertEquals(3, first.line());
        assertEquals(
                "\n\n\n0 1024 linear a.img 1024\n# another\n1024 2048 linear b.img 0\n",
                first.table(),
                "each line has the number that it has in the file");
        assertEquals(
                new DeviceSpec("ro disk", Optional.of("DM-1"), OptionalInt.of(7), true, "\n".repeat(8) + "0 8 zero", 8),
                devices.get(1));
    }

    @Test
    void conciseLinesStandBeforeSections() throws SyntaxException {
        List<DeviceSpec> devices = Dmtab.parse("""
                a,,,rw,0 8 zero
                # comment, with a comma
                b,U-b,3,ro,0 8 zero,8 8 error;c,,,,0 8 zero

                [d]
                0 8 zero
                """);
        assertEquals(
                List.of("a", "b", "c", "d"),
                devices.stream().map(DeviceSpec::name).toList());
        assertEquals("0 8 zero\n8 8 error", devices.get(1).table());
        assertEquals(3, devices.get(2).line());
    }

    @Test
    void anEmptyFileHasNoDevices() throws SyntaxException {
        assertEquals(List.of(), Dmtab.parse("\n# nothing\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[|1|expected [NAME], found '['",
                "[]|1|expected [NAME], found '[]'",
                "[a] rw|1|a: expected uuid=UUID, minor=NUMBER or ro, found 'rw'",
                "[a] minor=x|1|a: minor: expected a number below 2^20, found 'x'",
                "[a] minor=-1|1|a: minor: expected a number below 2^20, found '-1'",
                "[a]/[b]/[a]|3|a: named twice, first on line 1",
                "a,,,rw,0 8 zero/a,,,rw,0 8 zero|2|a: named twice, first on line 1",
                "0 8 zero|1|expected name,uuid,minor,flags,table, found 1 field",
                "a,b,c|1|expected name,uuid,minor,flags,table, found 3 fields",
                ",,,rw,0 8 zero|1|the device has no name",
                "#/a,,,wr,0 8 zero|2|a: flags: expected rw or ro, found 'wr'",
                "a,,1x,rw,0 8 zero|1|a: minor: expected a number below 2^20, found '1x'"
            })
    void malformedTextNamesItsLine(String text, int line, String message) {
        SyntaxException e = assertThrows(SyntaxException.class, () -> Dmtab.parse(text.replace('/', '\n')));
        assertEquals(message, e.getMessage());
        assertEquals(line, e.line());
    }

    @Test
    void aFileIsNamedInFrontOfItsLine(@TempDir Path folder) throws IOException, CliException {
        Path file = Files.writeString(folder.resolve("disks.dmtab"), "[a]\n0 8 zero\n[a]\n");
        CliException e = assertThrows(CliException.class, () -> Dmtab.read(file.toString()));
        assertEquals(file + ":3: a: named twice, first on line 1", e.getMessage());
    }

    @Test
    void relativePathsStartFromTheFilesFolder(@TempDir Path folder) throws IOException, CliException {
        Path file = Files.writeString(folder.resolve("disks.dmtab"), "[a]\n0 8 zero\n");
        assertEquals(folder.toAbsolutePath(), Dmtab.read(file.toString()).directory());
    }

    @Test
    void aMissingFileIsOneLine(@TempDir Path folder) {
        Path file = folder.resolve("none.dmtab");
        CliException e = assertThrows(CliException.class, () -> Dmtab.read(file.toString()));
        assertEquals(file + ": cannot be read: no such file or folder", e.getMessage());
    }

    @Test
    void aBinaryFileIsOneLine(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("image"), new byte[] {(byte) 0xC3, 0x28});
        CliException e = assertThrows(CliException.class, () -> Dmtab.read(file.toString()));
        assertEquals(file + ": is no UTF-8 text", e.getMessage());
    }

    @Test
    void theConciseFormatReadsBackWhatItEscaped() throws SyntaxException {
        String name = "a,b;c\\d";
        String line = "0 8 linear file:x\\ y,z;.img 0";
        String concise = ConciseFormat.escape(name) + ",,,rw," + ConciseFormat.escape(line) + ";next,,,,0 8 zero ";
        List<DeviceSpec> devices = ConciseFormat.parse(concise, 1);
        assertEquals(name, devices.get(0).name());
        assertEquals(line, devices.get(0).table());
        assertEquals("next", devices.get(1).name());
    }
}
