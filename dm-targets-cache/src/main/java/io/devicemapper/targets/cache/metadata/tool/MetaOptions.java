package io.devicemapper.targets.cache.metadata.tool;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The arguments of {@code dm meta}. */
final class MetaOptions {
    /** What the tool can do. */
    enum Command {
        CHECK,
        DUMP,
        RESTORE,
        REPAIR;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean allows(Flag flag) {
            return switch (this) {
                case CHECK -> flag == Flag.CLEAR_NEEDS_CHECK || flag == Flag.IGNORE_NON_FATAL || flag == Flag.QUIET;
                case DUMP -> flag == Flag.OUTPUT || flag == Flag.REPAIR;
                case RESTORE -> flag == Flag.INPUT || flag == Flag.METADATA_VERSION || flag == Flag.QUIET;
                case REPAIR -> flag == Flag.OUTPUT || flag == Flag.USE_SPARE || flag == Flag.QUIET;
            };
        }
    }

    /** The options there are. */
    enum Flag {
        CLEAR_NEEDS_CHECK("--clear-needs-check-flag", "", false),
        IGNORE_NON_FATAL("--ignore-non-fatal-errors", "", false),
        QUIET("--quiet", "-q", false),
        OUTPUT("--output", "-o", true),
        INPUT("--input", "-i", true),
        METADATA_VERSION("--metadata-version", "", true),
        REPAIR("--repair", "", false),
        USE_SPARE("--use-spare", "", false);

        private final String word;
        private final String letter;
        private final boolean valued;

        Flag(String word, String letter, boolean valued) {
            this.word = word;
            this.letter = letter;
            this.valued = valued;
        }
    }

    private static final String SHORT_USAGE = "usage: dm meta check|dump|restore|repair [OPTIONS] DEVICE";

    private final Set<Flag> given = EnumSet.noneOf(Flag.class);
    private final Map<Flag, String> values = new EnumMap<>(Flag.class);
    private final List<String> operands = new ArrayList<>();
    private Command command;
    private boolean help;

    private MetaOptions() {}

    static String usage() {
        return """
                Usage: dm meta COMMAND [OPTIONS] DEVICE
                  The metadata of a cache, ours or of Linux's dm-cache, on a device that nobody uses meanwhile.

                  check                          checks every checksum, place, key order and reference count, and the
                                                 rules of a cache; exit status 1 if something is wrong
                    --clear-needs-check-flag     lets the cache be used again, if the check finds nothing
                    --ignore-non-fatal-errors    what costs space, and no data, is no error
                    -q, --quiet                  prints nothing but errors
                  dump                           prints the mappings as cache_dump does
                    -o, --output FILE            to that file
                    --repair                     leaves out what cannot be read, instead of ending there
                  restore                        makes metadata of what dump or cache_dump printed
                    -i, --input FILE             from that file; by default from standard input
                    --metadata-version 1|2       by default 2
                    -q, --quiet                  prints nothing but errors
                  repair                         makes the metadata anew from what can be read, and says what is lost
                    -o, --output DEVICE          on that device; by default in place
                    --use-spare                  block 0 is damaged, and no kernel has used the cache since this
                                                 program did: take the spare copy of block 0
                    -q, --quiet                  prints nothing but errors
                """;
    }

    static MetaOptions parse(List<String> args) throws MetaException {
        MetaOptions options = new MetaOptions();
        boolean ended = false;
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (ended || !arg.startsWith("-") || arg.equals("-")) {
                options.operand(arg);
            } else if (arg.equals("--")) {
                ended = true;
            } else if (arg.equals("--help") || arg.equals("-h")) {
                options.help = true;
            } else {
                int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
                Flag flag = flag(equals < 0 ? arg : arg.substring(0, equals));
                options.given.add(flag);
                if (flag.valued) {
                    if (equals < 0 && i + 1 == args.size()) {
                        throw new MetaException("option " + flag.word + " needs a value");
                    }
                    options.values.put(flag, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
                } else if (equals >= 0) {
                    throw new MetaException("option " + flag.word + " takes no value");
                }
            }
        }
        if (!options.help) {
            options.check();
        }
        return options;
    }

    private static Flag flag(String word) throws MetaException {
        for (Flag flag : Flag.values()) {
            if (flag.word.equals(word) || (!flag.letter.isEmpty() && flag.letter.equals(word))) {
                return flag;
            }
        }
        throw new MetaException("unknown option '" + word + "'; dm meta --help shows those there are");
    }

    private void operand(String word) throws MetaException {
        if (command != null) {
            operands.add(word);
            return;
        }
        for (Command each : Command.values()) {
            if (each.word().equals(word)) {
                command = each;
                return;
            }
        }
        throw new MetaException("unknown command '" + word + "'; " + SHORT_USAGE);
    }

    private void check() throws MetaException {
        if (command == null) {
            throw new MetaException("no command given; " + SHORT_USAGE);
        }
        for (Flag flag : given) {
            if (!command.allows(flag)) {
                throw new MetaException("option " + flag.word + " does not belong to " + command.word());
            }
        }
        if (operands.size() != 1) {
            throw new MetaException(
                    command.word() + ": one device expected, found " + operands.size() + "; " + SHORT_USAGE);
        }
        String version = values.getOrDefault(Flag.METADATA_VERSION, "2");
        if (!version.equals("1") && !version.equals("2")) {
            throw new MetaException("--metadata-version: expected 1 or 2, found '" + version + "'");
        }
    }

    boolean help() {
        return help;
    }

    Command command() {
        return command;
    }

    String device() {
        return operands.get(0);
    }

    boolean has(Flag flag) {
        return given.contains(flag);
    }

    Optional<String> value(Flag flag) {
        return Optional.ofNullable(values.get(flag));
    }

    int metadataVersion() {
        return Integer.parseInt(values.getOrDefault(Flag.METADATA_VERSION, "2"));
    }
}
