package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
    private static CommandLine parse(String... args) throws CliException {
        return CommandLine.parse(List.of(args)).orElseThrow();
    }

    private static String refusal(String... args) {
        return assertThrows(CliException.class, () -> parse(args)).getMessage();
    }

    @Test
    void optionsStandAnywhere() throws CliException {
        CommandLine line = parse("-r", "create", "--uuid", "U", "vol", "-n");
        assertEquals("create", line.command());
        assertEquals(List.of("vol"), line.operands());
        assertEquals(Optional.of("U"), line.value(Option.UUID));
        assertTrue(line.has(Option.READONLY));
        assertTrue(line.has(Option.NOTABLE));
    }

    @Test
    void shortOptionsMayBeJoined() throws CliException {
        CommandLine line = parse("create", "-rnuU-1", "vol");
        assertTrue(line.has(Option.READONLY));
        assertTrue(line.has(Option.NOTABLE));
        assertEquals(Optional.of("U-1"), line.value(Option.UUID));
    }

    @ParameterizedTest
    @CsvSource({"--uuid=U", "-uU"})
    void anArgumentMayBeAttached(String option) throws CliException {
        assertEquals(Optional.of("U"), parse("info", option).value(Option.UUID));
    }

    @Test
    void aLongOptionMayBeCutShort() throws CliException {
        assertTrue(parse("create", "--nota", "vol").has(Option.NOTABLE));
    }

    @Test
    void aLongOptionThatCouldBeSeveralIsRefused() {
        assertEquals(
                "create: option --no is not clear, it could be any of [--noflush, --noheadings, --nolockfs, --noopencount,"
                        + " --notable, --noudevrules, --noudevsync]; usage: " + CommandSyntax.CREATE.usage(),
                refusal("create", "--no", "vol"));
    }

    @Test
    void anExactNameIsClearThoughItBeginsAnother() throws CliException {
        assertTrue(parse("help", "--columns").has(Option.COLUMNS));
        assertEquals(Optional.of("T"), parse("create", "v", "--table", "T").value(Option.TABLE));
    }

    @Test
    void twoHyphensEndTheOptions() throws CliException {
        assertEquals(
                List.of("vol", "0", "-x", "--y"),
                parse("message", "--", "vol", "0", "-x", "--y").operands());
    }

    @Test
    void aHyphenAloneIsAnOperand() throws CliException {
        assertEquals(List.of("vol", "0", "-"), parse("message", "vol", "0", "-").operands());
    }

    @Test
    void theLastOfSeveralArgumentsCounts() throws CliException {
        assertEquals(Optional.of("b"), parse("info", "-u", "a", "-u", "b").value(Option.UUID));
    }

    @Test
    void loadIsReload() throws CliException {
        assertEquals(Optional.of(CommandSyntax.RELOAD), parse("load", "vol").syntax());
    }

    @Test
    void unknownOptionsAreRefused() {
        String usage = "; usage: " + CommandSyntax.LS.usage();
        assertEquals("ls: unknown option --nosuch" + usage, refusal("ls", "--nosuch"));
        assertEquals("ls: unknown option -x" + usage, refusal("ls", "-x"));
        assertEquals("unknown option --nosuch", refusal("--nosuch", "ls"), "before the command is known");
    }

    @Test
    void anOptionOfAnotherCommandIsRefused() {
        assertEquals(
                "ls: option --retry does not belong here; usage: dm ls [-o|--options FIELDS] [--target TYPE] [--tree]",
                refusal("ls", "--retry"));
    }

    @Test
    void aMissingArgumentOfAnOptionIsRefused() {
        String usage = "; usage: " + CommandSyntax.INFO.usage();
        assertEquals("info: option --uuid needs an argument" + usage, refusal("info", "--uuid"));
        assertEquals("info: option -u needs an argument" + usage, refusal("info", "-u"));
    }

    @Test
    void anArgumentForAnOptionThatTakesNoneIsRefused() {
        assertEquals(
                "ls: option --tree takes no argument; usage: " + CommandSyntax.LS.usage(), refusal("ls", "--tree=x"));
    }

    @Test
    void anOptionReplacesTheOperandThatNamesTheDevice() throws CliException {
        assertEquals(List.of("new"), parse("rename", "-u", "U", "new").operands());
        assertEquals(
                "suspend: too many arguments, as --uuid or --minor already names the device; usage: dm suspend"
                        + " [-j|--major MAJOR] [-m|--minor MINOR] [--noflush] [--nolockfs] [-u|--uuid UUID] DEVICE...",
                refusal("suspend", "-u", "U", "vol"));
    }

    @Test
    void whatScriptsForDmsetupPassEverywhereIsAccepted() throws CliException {
        assertEquals(
                List.of("vol"),
                parse("remove", "--noudevsync", "--noudevrules", "-y", "--checks", "vol")
                        .operands());
    }

    @Test
    void argumentsOfAnotherJarsCommandAreLeftAlone() throws CliException {
        CommandLine line = parse("--home", "h", "stats", "list", "--nosuch", "-u");
        assertEquals(Optional.empty(), line.syntax());
        assertEquals(Optional.of("h"), line.value(Option.HOME));
        assertEquals(List.of("list", "--nosuch", "-u"), line.rest());
    }

    @Test
    void noCommandIsNoCommand() throws CliException {
        assertEquals(Optional.empty(), CommandLine.parse(List.of()));
        assertEquals(Optional.empty(), CommandLine.parse(List.of("-v")));
        assertEquals(Optional.of(CommandSyntax.HELP), parse("--help").syntax());
        assertTrue(parse("--version").has(Option.VERSION));
    }

    @Test
    void twoTablesAreRefused() throws CliException {
        CommandLine line = parse("create", "v", "file", "--table", "t");
        assertThrows(CliException.class, () -> TableSource.of(CommandSyntax.CREATE, line));
    }

    @ParameterizedTest
    @CsvSource({
        "create v, STANDARD_INPUT",
        "create v file, FILE",
        "create v -n, NONE",
        "create v --table t, NONE",
        "create --concise, STANDARD_INPUT",
        "create --concise v, NONE",
        "load v, STANDARD_INPUT",
        "load v file, FILE",
        "load -u U, STANDARD_INPUT",
        "load -u U file, FILE",
        "suspend v, NONE"
    })
    void whereTheTableComesFrom(String args, TableSource expected) throws CliException {
        CommandLine line = parse(args.split(" "));
        assertEquals(expected, TableSource.of(line.syntax().orElseThrow(), line));
    }
}
