package io.devicemapper.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The arguments of {@code dm}, read as getopt_long(3) reads them: options stand anywhere, short ones may be joined, a long one may be
 * cut short as long as it is clear, {@code --} ends them. The first operand is the sub-command.
 *
 * <p>An own parser of this size instead of a library: the commands must behave as dmsetup's do, and start at once.
 */
final class CommandLine {
    private final String command;
    private final CommandSyntax syntax;
    private final Map<Option, List<String>> options = new EnumMap<>(Option.class);
    private final List<String> operands = new ArrayList<>();
    private List<String> rest = List.of();

    private CommandLine(String command) {
        this.command = command;
        this.syntax = CommandSyntax.named(command).orElse(null);
    }

    /**
     * Reads the arguments.
     *
     * @return empty if there is no sub-command among them; {@code --help} and {@code --version} alone count as one
     * @throws CliException if an option is unknown or does not belong to the sub-command, or the operands are too few or too many
     */
    static Optional<CommandLine> parse(List<String> args) throws CliException {
        int[] commandAt = {-1};
        scan(args, (option, value) -> {}, (index, operand) -> {
            commandAt[0] = index;
            return false;
        });
        if (commandAt[0] < 0) {
            return withoutCommand(args);
        }
        CommandLine line = new CommandLine(args.get(commandAt[0]));
        if (line.syntax == null) {
            line.rest = List.copyOf(args.subList(commandAt[0] + 1, args.size()));
            scan(args.subList(0, commandAt[0]), line::addOption, (index, operand) -> true);
            return Optional.of(line);
        }
        try {
            scan(args, line::addOption, (index, operand) -> {
                if (index != commandAt[0]) {
                    line.operands.add(operand);
                }
                return true;
            });
        } catch (CliException e) {
            throw new CliException(line.command + ": " + e.getMessage() + "; usage: " + line.syntax.usage(), e);
        }
        line.check();
        return Optional.of(line);
    }

    private static Optional<CommandLine> withoutCommand(List<String> args) throws CliException {
        CommandLine line = new CommandLine(CommandSyntax.HELP.commandName());
        scan(args, line::addOption, (index, operand) -> true);
        return line.has(Option.HELP) || line.has(Option.VERSION) ? Optional.of(line) : Optional.empty();
    }

    private void addOption(Option option, String value) throws CliException {
        if (syntax != null && !syntax.allows(option)) {
            throw new CliException("option " + option + " does not belong here");
        }
        options.computeIfAbsent(option, o -> new ArrayList<>()).add(value);
    }

    private void check() throws CliException {
        if (has(Option.HELP) || has(Option.VERSION)) {
            return;
        }
        if (syntax == CommandSyntax.CREATE && has(Option.CONCISE)) {
            if (operands.size() > 1) {
                throw new CliException("create: too many arguments; usage: dm create --concise [DEVICES]");
            }
            return;
        }
        boolean selected =
                syntax != CommandSyntax.CREATE && Option.SELECTION.stream().anyMatch(this::has);
        syntax.checkOperands(operands.size(), selected);
    }

    /** The sub-command as written. */
    String command() {
        return command;
    }

    /** The sub-command's syntax; empty if no sub-command has this name. */
    Optional<CommandSyntax> syntax() {
        return Optional.ofNullable(syntax);
    }

    boolean has(Option option) {
        return options.containsKey(option);
    }

    /** The option's argument, the last one if it was given several times. */
    Optional<String> value(Option option) {
        List<String> values = values(option);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
    }

    /** The option's arguments in order, perhaps none. */
    List<String> values(Option option) {
        return options.getOrDefault(option, List.of());
    }

    List<String> operands() {
        return operands;
    }

    /** What follows a sub-command that is not known here, options included. */
    List<String> rest() {
        return rest;
    }

    private interface OptionSink {
        void accept(Option option, String value) throws CliException;
    }

    private interface OperandSink {
        /** Takes an operand; returns whether to go on. */
        boolean accept(int index, String operand) throws CliException;
    }

    private static void scan(List<String> args, OptionSink optionSink, OperandSink operandSink) throws CliException {
        boolean optionsEnded = false;
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (optionsEnded || !arg.startsWith("-") || arg.equals("-")) {
                if (!operandSink.accept(i, arg)) {
                    return;
                }
            } else if (arg.equals("--")) {
                optionsEnded = true;
            } else if (arg.startsWith("--")) {
                i = scanLong(args, i, optionSink);
            } else {
                i = scanShort(args, i, optionSink);
            }
        }
    }

    /** Reads the long option at an index; returns the index of the last argument that belongs to it. */
    private static int scanLong(List<String> args, int index, OptionSink sink) throws CliException {
        String arg = args.get(index);
        int equals = arg.indexOf('=');
        String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
        Option option = longOption(name);
        if (!option.takesArgument()) {
            if (equals >= 0) {
                throw new CliException("option " + option + " takes no argument");
            }
            sink.accept(option, "");
            return index;
        }
        if (equals >= 0) {
            sink.accept(option, arg.substring(equals + 1));
            return index;
        }
        sink.accept(option, argumentAt(args, index + 1, option.toString()));
        return index + 1;
    }

    private static Option longOption(String name) throws CliException {
        List<Option> matches = new ArrayList<>();
        for (Option option : Option.values()) {
            if (option.longName().equals(name)) {
                return option;
            }
            if (option.longName().startsWith(name)) {
                matches.add(option);
            }
        }
        if (matches.isEmpty()) {
            throw new CliException("unknown option --" + name);
        }
        if (matches.size() > 1) {
            throw new CliException("option --" + name + " is not clear, it could be any of " + matches);
        }
        return matches.get(0);
    }

    /** Reads the short options at an index; returns the index of the last argument that belongs to them. */
    private static int scanShort(List<String> args, int index, OptionSink sink) throws CliException {
        String arg = args.get(index);
        for (int i = 1; i < arg.length(); i++) {
            Option option = shortOption(arg.charAt(i));
            if (!option.takesArgument()) {
                sink.accept(option, "");
            } else if (i + 1 < arg.length()) {
                sink.accept(option, arg.substring(i + 1));
                return index;
            } else {
                sink.accept(option, argumentAt(args, index + 1, "-" + arg.charAt(i)));
                return index + 1;
            }
        }
        return index;
    }

    private static Option shortOption(char letter) throws CliException {
        for (Option option : Option.values()) {
            if (option.hasLetter(letter)) {
                return option;
            }
        }
        throw new CliException("unknown option -" + letter);
    }

    private static String argumentAt(List<String> args, int index, String option) throws CliException {
        if (index >= args.size()) {
            throw new CliException("option " + option + " needs an argument");
        }
        return args.get(index);
    }
}
