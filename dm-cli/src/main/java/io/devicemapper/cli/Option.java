package io.devicemapper.cli;

import java.util.EnumSet;
import java.util.Set;

/** The options of all sub-commands, under the names that dmsetup(8) gives them. */
enum Option {
    CHECKS("checks"),
    COLUMNS("columns", "cC"),
    CONCISE("concise"),
    DEFERRED("deferred"),
    FORCE("force", "f"),
    HELP("help", "h"),
    HOME("home", "", "DIR"),
    INACTIVE("inactive"),
    LISTEN("listen", "", "ADDRESS"),
    MAJOR("major", "j", "MAJOR"),
    MINOR("minor", "m", "MINOR"),
    NAMEPREFIXES("nameprefixes"),
    NOFLUSH("noflush"),
    NOHEADINGS("noheadings"),
    NOLOCKFS("nolockfs"),
    NOOPENCOUNT("noopencount"),
    NOTABLE("notable", "n"),
    NOUDEVRULES("noudevrules"),
    NOUDEVSYNC("noudevsync"),
    OPTIONS("options", "o", "FIELDS"),
    PLUGINS("plugins", "", "DIR"),
    READONLY("readonly", "r"),
    RETRY("retry"),
    SEPARATOR("separator", "", "TEXT"),
    SETUUID("setuuid"),
    SHOWKEYS("showkeys"),
    SORT("sort", "O", "FIELDS"),
    TABLE("table", "", "TABLE"),
    TARGET("target", "", "TYPE"),
    TREE("tree"),
    UUID("uuid", "u", "UUID"),
    VERBOSE("verbose", "v"),
    VERIFYUDEV("verifyudev"),
    VERSION("version"),
    YES("yes", "y");

    /**
     * Allowed with every sub-command. Those about udev, checks and questions mean nothing here, where there is neither udev nor a
     * question; scripts written for dmsetup pass them everywhere.
     */
    static final Set<Option> GLOBAL =
            EnumSet.of(CHECKS, HELP, HOME, NOUDEVRULES, NOUDEVSYNC, VERBOSE, VERIFYUDEV, VERSION, YES);

    /** Name a device instead of an operand. */
    static final Set<Option> SELECTION = EnumSet.of(UUID, MAJOR, MINOR);

    private final String longName;
    private final String letters;
    private final String argument;

    Option(String longName) {
        this(longName, "", null);
    }

    Option(String longName, String letters) {
        this(longName, letters, null);
    }

    Option(String longName, String letters, String argument) {
        this.longName = longName;
        this.letters = letters;
        this.argument = argument;
    }

    String longName() {
        return longName;
    }

    boolean hasLetter(char letter) {
        return letters.indexOf(letter) >= 0;
    }

    boolean takesArgument() {
        return argument != null;
    }

    /** As a usage text shows it: {@code -u|--uuid UUID}. */
    String usage() {
        StringBuilder usage = new StringBuilder();
        for (int i = 0; i < letters.length(); i++) {
            usage.append('-').append(letters.charAt(i)).append('|');
        }
        usage.append("--").append(longName);
        if (argument != null) {
            usage.append(' ').append(argument);
        }
        return usage.toString();
    }

    @Override
    public String toString() {
        return "--" + longName;
    }
}
