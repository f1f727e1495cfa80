package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.spi.ToolProvider;

/** The entry point of {@code dm}. */
public final class Dm {
    private final Map<String, String> environment;
    private final Path directory;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    Dm(Map<String, String> environment, Path directory, InputStream in, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.directory = directory;
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs a sub-command, and ends the process with its exit status: 0, or 1 after one line on standard error.
     *
     * @param args the sub-command, its options and operands, in any order
     */
    public static void main(String[] args) {
        // Whatever the locale, what was written in UTF-8 comes out as it was written.
        PrintStream out = new PrintStream(System.out, false, UTF_8);
        PrintStream err = new PrintStream(System.err, true, UTF_8);
        Dm dm = new Dm(System.getenv(), Path.of("").toAbsolutePath(), System.in, out, err);
        int exitStatus = dm.run(List.of(args));
        out.flush();
        System.exit(exitStatus);
    }

    int run(List<String> args) {
        try {
            Optional<CommandLine> line = CommandLine.parse(args);
            if (line.isEmpty()) {
                throw new CliException("no command given; dm help lists them");
            }
            return run(line.get(), args);
        } catch (CliException e) {
            err.println("dm: " + e.getMessage());
            return 1;
        }
    }

    private int run(CommandLine line, List<String> args) throws CliException {
        if (line.syntax().isEmpty()) {
            return runTool(line);
        }
        CommandSyntax syntax = line.syntax().get();
        if (line.has(Option.HELP)) {
            out.print(syntax == CommandSyntax.HELP ? Help.overview() : Help.of(syntax));
            return 0;
        }
        if (line.has(Option.VERSION)) {
            out.print(Versions.ofThisCommand());
            return 0;
        }
        return switch (syntax) {
            case HELP -> help(line);
            case SPLITNAME -> {
                out.print(LvmName.report(line));
                yield 0;
            }
            case SERVE -> new ServeCommand(Home.resolve(line.value(Option.HOME), environment), out, err).run(line);
            default -> callDaemon(syntax, line, args);
        };
    }

    private int callDaemon(CommandSyntax syntax, CommandLine line, List<String> args) throws CliException {
        if (syntax == CommandSyntax.VERSION) {
            out.print(Versions.ofThisCommand());
        }
        Home home = Home.resolve(line.value(Option.HOME), environment);
        ControlResponse response = ControlClient.call(
                home, new ControlRequest(args, directory, isUtf8Terminal(), readInput(syntax, line)));
        out.print(response.output());
        err.print(response.errors());
        return response.exitStatus();
    }

    private int help(CommandLine line) throws CliException {
        if (line.has(Option.COLUMNS)) {
            out.print(InfoReport.fieldHelp());
        } else if (line.operands().isEmpty()) {
            out.print(Help.overview());
        } else {
            String command = line.operands().get(0);
            Optional<CommandSyntax> syntax = CommandSyntax.named(command);
            if (syntax.isEmpty()) {
                return helpOfTool(command);
            }
            out.print(Help.of(syntax.get()));
        }
        return 0;
    }

    private int runTool(CommandLine line) throws CliException {
        if (line.has(Option.HELP)) {
            return helpOfTool(line.command());
        }
        ToolProvider tool = tool(line.command());
        return tool.run(out, err, line.rest().toArray(String[]::new));
    }

    /** Nobody but the tool knows its options; {@code --help} is what asks the JDK's tools for theirs. */
    private int helpOfTool(String command) throws CliException {
        return tool(command).run(out, err, Option.HELP.toString());
    }

    private static ToolProvider tool(String command) throws CliException {
        return Help.tool(command).orElseThrow(() -> unknown(command));
    }

    private static CliException unknown(String command) {
        return new CliException("unknown command '" + command + "'; dm help lists those there are");
    }

    /** The text that a command takes from a table file or from standard input. */
    private Optional<String> readInput(CommandSyntax syntax, CommandLine line) throws CliException {
        return switch (TableSource.of(syntax, line)) {
            case NONE -> Optional.empty();
            case STANDARD_INPUT -> Optional.of(readStandardInput());
            case FILE ->
                Optional.of(readFile(line.operands().get(line.operands().size() - 1)));
        };
    }

    private String readStandardInput() throws CliException {
        try {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new CliException("the table cannot be read from standard input: " + Reasons.of(e), e);
        }
    }

    private String readFile(String file) throws CliException {
        try {
            return new String(Files.readAllBytes(directory.resolve(file)), UTF_8);
        } catch (IOException e) {
            throw new CliException("the table cannot be read from " + file + ": " + Reasons.withoutFile(e), e);
        } catch (InvalidPathException e) {
            throw new CliException("table file '" + file + "' is no path: " + e.getReason(), e);
        }
    }

    /** What the locale says, as setlocale(3) reads it. */
    private boolean isUtf8Terminal() {
        for (String variable : List.of("LC_ALL", "LC_CTYPE", "LANG")) {
            String locale = environment.getOrDefault(variable, "");
            if (!locale.isEmpty()) {
                String lower = locale.toLowerCase(Locale.ROOT);
                return lower.endsWith("utf-8") || lower.endsWith("utf8");
            }
        }
        return false;
    }
}
