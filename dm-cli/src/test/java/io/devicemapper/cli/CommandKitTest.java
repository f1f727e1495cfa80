package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/** What every sub-command has to get right: arguments that are missing, too many or unknown, and no daemon. */
class CommandKitTest {
    private static DaemonBed bed;

    @BeforeAll
    static void start() throws IOException, CliException {
        bed = new DaemonBed();
        bed.expect("create", "there", "--table", "0 8 zero");
    }

    @AfterAll
    static void stop() throws IOException {
        bed.close();
    }

    @ParameterizedTest
    @EnumSource
    void usageIsShown(CommandSyntax syntax) {
        String usage = "Usage: " + syntax.usage() + "\n";
        if (syntax != CommandSyntax.HELP) {
            assertTrue(bed.expect(syntax.commandName(), "--help").startsWith(usage));
        }
        assertTrue(bed.expect("help", syntax.commandName()).startsWith(usage));
        assertTrue(bed.expect("help").contains("\n  " + syntax.commandName() + " "));
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownOptionIsRefused(CommandSyntax syntax) {
        assertEquals(
                "dm: " + syntax.commandName() + ": unknown option --nosuch; usage: " + syntax.usage(),
                bed.refusal(syntax.commandName(), "--nosuch"));
    }

    @ParameterizedTest
    @EnumSource
    void anotherCommandsOptionIsRefused(CommandSyntax syntax) {
        Option foreign = Arrays.stream(Option.values())
                .filter(option -> !syntax.allows(option) && !option.takesArgument())
                .findFirst()
                .orElseThrow();
        assertEquals(
                "dm: " + syntax.commandName() + ": option " + foreign + " does not belong here; usage: "
                        + syntax.usage(),
                bed.refusal(syntax.commandName(), foreign.toString()));
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {
                "SERVE",
                "REMOVE_ALL",
                "LS",
                "INFO",
                "DEPS",
                "STATUS",
                "TABLE",
                "TARGETS",
                "TARGET_VERSION",
                "VERSION",
                "HELP"
            })
    void aMissingArgumentIsRefused(CommandSyntax syntax) {
        assertEquals(
                "dm: " + syntax.commandName() + ": argument missing; usage: " + syntax.usage(),
                bed.refusal(syntax.commandName()));
    }

    @ParameterizedTest
    @EnumSource(
            names = {"CREATE", "RELOAD", "REMOVE_ALL", "RENAME", "LS", "WAIT", "TARGETS", "SPLITNAME", "VERSION", "HELP"
            })
    void anArgumentTooManyIsRefused(CommandSyntax syntax) {
        assertEquals(
                "dm: " + syntax.commandName() + ": too many arguments; usage: " + syntax.usage(),
                bed.refusal(syntax.commandName(), "a", "b", "c"));
    }

    static Stream<List<String>> commandsOnADevice() {
        return Stream.of(
                List.of("reload", "DEVICE", "--table", "0 8 zero"),
                List.of("suspend", "DEVICE"),
                List.of("resume", "DEVICE"),
                List.of("clear", "DEVICE"),
                List.of("remove", "DEVICE"),
                List.of("rename", "DEVICE", "other"),
                List.of("rename", "--setuuid", "DEVICE", "U"),
                List.of("message", "DEVICE", "0", "hello"),
                List.of("info", "DEVICE"),
                List.of("info", "-c", "DEVICE"),
                List.of("deps", "DEVICE"),
                List.of("status", "DEVICE"),
                List.of("table", "DEVICE"),
                List.of("table", "--concise", "DEVICE"),
                List.of("wait", "DEVICE"),
                List.of("wipe_table", "DEVICE"));
    }

    private static String[] with(List<String> command, String device) {
        return command.stream()
                .map(word -> word.equals("DEVICE") ? device : word)
                .toArray(String[]::new);
    }

    private static String[] selecting(List<String> command, String... selection) {
        return Stream.concat(command.stream().filter(word -> !word.equals("DEVICE")), Stream.of(selection))
                .toArray(String[]::new);
    }

    @ParameterizedTest
    @MethodSource("commandsOnADevice")
    void anUnknownDeviceIsNamed(List<String> command) {
        assertEquals("dm: nosuch: Device does not exist.", bed.refusal(with(command, "nosuch")));
        assertEquals("dm: nosuch: Device does not exist.", bed.refusal(with(command, "/dev/mapper/nosuch")));
        assertEquals("dm: no device has the uuid 'NOSUCH'", bed.refusal(selecting(command, "-u", "NOSUCH")));
        assertEquals("dm: no device has the number 253:77", bed.refusal(selecting(command, "-j", "253", "-m", "77")));
    }

    @ParameterizedTest
    @MethodSource("commandsOnADevice")
    void aMalformedNumberIsRefused(List<String> command) {
        String name = command.get(0);
        assertEquals(
                "dm: " + name + ": --minor: expected a number below 2^20, found '0x1'",
                bed.refusal(selecting(command, "-m", "0x1")));
        assertEquals(
                "dm: " + name + ": --major: expected 253, the major number of every mapped device, found '7'",
                bed.refusal(selecting(command, "-j", "7", "-m", "0")));
        assertEquals(
                "dm: " + name + ": --major needs --minor, to name a device",
                bed.refusal(selecting(command, "-j", "253")));
        assertEquals(
                "dm: " + name + ": name the device by --uuid or by --minor, not by both",
                bed.refusal(selecting(command, "-u", "U", "-m", "0")));
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"SERVE", "VERSION", "SPLITNAME", "HELP"})
    void withoutADaemonTheSocketIsNamed(CommandSyntax syntax) {
        String[] operands = {"there", "0", "x"};
        String[] args = new String[] {syntax.commandName()};
        for (int count = 0; count < operands.length && isTooShort(args); count++) {
            args = Stream.concat(Arrays.stream(args), Stream.of(operands[count]))
                    .toArray(String[]::new);
        }
        DaemonBed.Result result =
                DaemonBed.run(Map.of("XDG_RUNTIME_DIR", "/tmp/none-such"), bed.folder(), "0 8 zero", args);
        assertEquals(
                new DaemonBed.Result(
                        1,
                        "",
                        "dm: no daemon listens on /tmp/none-such/dm/control.sock; start one with: dm serve [DMTAB...]\n"),
                result);
    }

    private static boolean isTooShort(String... args) {
        try {
            CommandLine.parse(List.of(args));
            return false;
        } catch (CliException e) {
            return true;
        }
    }

    @Test
    void anUnknownCommandIsNamed() {
        assertEquals("dm: unknown command 'measure'; dm help lists those there are", bed.refusal("measure", "x"));
        assertEquals("dm: unknown command 'measure'; dm help lists those there are", bed.refusal("help", "measure"));
    }

    @Test
    void noCommandIsNoCommand() {
        assertEquals("dm: no command given; dm help lists them", bed.refusal());
    }

    @Test
    void aToolOfAnotherJarIsACommand() {
        assertEquals(new DaemonBed.Result(2, "hello --you\n", ""), bed.run("echo", "hello", "--you"));
        assertTrue(bed.expect("help").contains("\n  echo "));
    }

    @Test
    void aToolIsAskedForItsOwnHelp() {
        DaemonBed.Result asked = new DaemonBed.Result(1, "--help\n", "");
        assertEquals(asked, bed.run("help", "echo"));
        assertEquals(asked, bed.run("--help", "echo"));
    }

    @Test
    void anEmptyHomeIsRefused() {
        assertEquals("dm: --home: expected a folder, found ''", bed.refusal("ls", "--home", ""));
    }

    @Test
    void aHomeThatIsTooLongForASocketIsRefused() {
        String home = "/tmp/" + "x".repeat(100);
        assertEquals(
                "dm: home " + home + " is too long: a socket's path may have 103 bytes, " + home
                        + "/control.sock has 118",
                bed.refusal("ls", "--home", home));
    }
}
