package io.devicemapper.cli;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The sub-commands: how each is called. What each does is in the classes named {@code …Commands}. */
@SuppressWarnings("ImmutableEnumChecker") // the fields are a record of values and a set that nobody can modify
enum CommandSyntax {
    SERVE(
            "serve",
            operands("[DMTAB...]", 0, Count.MANY),
            "hold devices in the foreground and export each over NBD",
            Option.LISTEN,
            Option.PLUGINS),
    CREATE(
            "create",
            operands("NAME [TABLE_FILE]", 1, 2),
            "make a device; its table comes from --table, a file or standard input",
            Option.UUID,
            Option.MAJOR,
            Option.MINOR,
            Option.TABLE,
            Option.NOTABLE,
            Option.READONLY,
            Option.CONCISE),
    RELOAD(
            "reload",
            device("DEVICE [TABLE_FILE]", 1, 2),
            "put a table into the inactive slot",
            Option.TABLE,
            Option.READONLY),
    SUSPEND(
            "suspend",
            devices("DEVICE...", 1),
            "hold back I/O and wait for what is under way",
            Option.NOFLUSH,
            Option.NOLOCKFS),
    RESUME(
            "resume",
            devices("DEVICE...", 1),
            "make the inactive table live, if there is one, and let I/O go on",
            Option.NOFLUSH,
            Option.NOLOCKFS),
    CLEAR("clear", devices("DEVICE...", 1), "drop the inactive table"),
    REMOVE(
            "remove",
            devices("DEVICE...", 1),
            "remove devices that nobody uses",
            Option.FORCE,
            Option.RETRY,
            Option.DEFERRED),
    REMOVE_ALL("remove_all", operands("", 0, 0), "remove every device that nobody uses", Option.FORCE, Option.DEFERRED),
    RENAME(
            "rename",
            device("DEVICE NEW_NAME", 2, 2),
            "change the name, or set the uuid with --setuuid",
            Option.SETUUID),
    MESSAGE(
            "message",
            device("DEVICE SECTOR WORD...", 3, Count.MANY),
            "send a message to the target at a sector of the live table"),
    LS("ls", operands("", 0, 0), "list devices", Option.TARGET, Option.OPTIONS, Option.TREE),
    INFO(
            "info",
            devices("[DEVICE...]", 0),
            "describe devices",
            Option.COLUMNS,
            Option.OPTIONS,
            Option.SORT,
            Option.NOHEADINGS,
            Option.NAMEPREFIXES,
            Option.SEPARATOR,
            Option.INACTIVE,
            Option.NOOPENCOUNT),
    DEPS("deps", devices("[DEVICE...]", 0), "list the devices below", Option.OPTIONS, Option.INACTIVE),
    STATUS(
            "status",
            devices("[DEVICE...]", 0),
            "show the state of each target",
            Option.TARGET,
            Option.NOFLUSH,
            Option.INACTIVE),
    TABLE(
            "table",
            devices("[DEVICE...]", 0),
            "show the table",
            Option.TARGET,
            Option.SHOWKEYS,
            Option.CONCISE,
            Option.INACTIVE),
    WAIT("wait", device("DEVICE [EVENT_NUMBER]", 1, 2), "wait until the event number is another one", Option.NOFLUSH),
    WIPE_TABLE(
            "wipe_table",
            devices("DEVICE...", 1),
            "replace the table by one that fails all I/O",
            Option.FORCE,
            Option.NOFLUSH,
            Option.NOLOCKFS),
    TARGETS("targets", operands("", 0, 0), "list the target types, where they come from, and what was refused"),
    TARGET_VERSION("target-version", operands("[TYPE...]", 0, Count.MANY), "show the versions of target types"),
    SPLITNAME(
            "splitname",
            operands("NAME [SUBSYSTEM]", 1, 2),
            "split the name of an LVM device",
            Option.COLUMNS,
            Option.OPTIONS,
            Option.NOHEADINGS,
            Option.NAMEPREFIXES,
            Option.SEPARATOR),
    VERSION("version", operands("", 0, 0), "show the versions of this command and of the daemon"),
    HELP("help", operands("[COMMAND]", 0, 1), "show this list, or how to call one command", Option.COLUMNS);

    private static final class Count {
        static final int MANY = Integer.MAX_VALUE;
    }

    /**
     * What may follow the options.
     *
     * @param usage as a usage text shows it
     * @param selectable whether {@code --uuid} or {@code --minor} may name the device in place of the first operand
     * @param list whether all operands are devices
     */
    private record Operands(String usage, int min, int max, boolean selectable, boolean list) {}

    private final String commandName;
    private final Operands operands;
    private final String summary;
    private final Set<Option> options;

    CommandSyntax(String commandName, Operands operands, String summary, Option... options) {
        this.commandName = commandName;
        this.operands = operands;
        this.summary = summary;
        Set<Option> all = EnumSet.copyOf(Option.GLOBAL);
        all.addAll(Arrays.asList(options));
        if (operands.selectable()) {
            all.addAll(Option.SELECTION);
        }
        this.options = Collections.unmodifiableSet(all);
    }

    private static Operands operands(String usage, int min, int max) {
        return new Operands(usage, min, max, false, false);
    }

    private static Operands device(String usage, int min, int max) {
        return new Operands(usage, min, max, true, false);
    }

    private static Operands devices(String usage, int min) {
        return new Operands(usage, min, Count.MANY, true, true);
    }

    static Optional<CommandSyntax> named(String name) {
        if (name.equals("load")) {
            return Optional.of(RELOAD);
        }
        for (CommandSyntax syntax : values()) {
            if (syntax.commandName.equals(name)) {
                return Optional.of(syntax);
            }
        }
        return Optional.empty();
    }

    String commandName() {
        return commandName;
    }

    String summary() {
        return summary;
    }

    boolean allows(Option option) {
        return options.contains(option);
    }

    /** Whether all operands are names of devices. */
    boolean takesDeviceList() {
        return operands.list();
    }

    /**
     * Checks the number of operands.
     *
     * @param count how many were given
     * @param selected whether options name the device, so that it is not among the operands
     */
    void checkOperands(int count, boolean selected) throws CliException {
        boolean replaced = selected && operands.selectable();
        int min = replaced ? Math.max(operands.min() - 1, 0) : operands.min();
        int max = !replaced ? operands.max() : operands.list() ? 0 : Math.max(operands.max() - 1, 0);
        if (count < min) {
            throw new CliException(commandName + ": argument missing; usage: " + usage());
        }
        if (count > max) {
            throw new CliException(commandName + ": too many arguments"
                    + (replaced ? ", as --uuid or --minor already names the device" : "") + "; usage: " + usage());
        }
    }

    /** How to call the command, on one line. */
    String usage() {
        StringBuilder usage = new StringBuilder("dm ").append(commandName);
        for (Option option : options) {
            if (!Option.GLOBAL.contains(option)) {
                usage.append(" [").append(option.usage()).append(']');
            }
        }
        if (!operands.usage().isEmpty()) {
            usage.append(' ').append(operands.usage());
        }
        return usage.toString();
    }
}
