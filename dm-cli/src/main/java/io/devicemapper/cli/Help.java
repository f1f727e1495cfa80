package io.devicemapper.cli;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.spi.ToolProvider;

/** Usage texts, and the sub-commands that other jars add. */
final class Help {
    /** A tool of this name before its own is a sub-command: {@code dm-stats} is run by {@code dm stats}. */
    static final String TOOL_PREFIX = "dm-";

    /** A broken jar can make each attempt to go on fail; after so many in a row there is nothing more to expect. */
    private static final int MAX_CONSECUTIVE_FAILURES = 16;

    private Help() {}

    /** All sub-commands. */
    static String overview() {
        StringBuilder text = new StringBuilder("Usage: dm COMMAND [OPTIONS] [ARGUMENTS]\n\n");
        for (CommandSyntax syntax : CommandSyntax.values()) {
            text.append(entry(syntax.commandName(), syntax.summary()));
        }
        for (ToolProvider tool : tools()) {
            text.append(entry(tool.name().substring(TOOL_PREFIX.length()), "from another jar"));
        }
        return text.append("\ndm help COMMAND shows the options of one. Every command takes ")
                .append(Option.HOME.usage())
                .append(
                        ": the folder where\nit meets the daemon, by default $DM_HOME, else $XDG_RUNTIME_DIR/dm, else ~/.dm.\n")
                .append("DEVICE is a name, or /dev/mapper/NAME; --uuid or --minor may name it instead.\n")
                .toString();
    }

    private static String entry(String name, String summary) {
        return String.format(Locale.ROOT, "  %-15s %s%n", name, summary);
    }

    /** One sub-command. */
    static String of(CommandSyntax syntax) {
        return "Usage: " + syntax.usage() + "\n  " + syntax.summary() + "\n";
    }

    /** The tool that carries out a sub-command which is none of ours. */
    static Optional<ToolProvider> tool(String command) {
        return tools().stream()
                .filter(tool -> tool.name().equals(TOOL_PREFIX + command))
                .findFirst();
    }

    private static List<ToolProvider> tools() {
        List<ToolProvider> tools = new ArrayList<>();
        Iterator<ToolProvider> found = ServiceLoader.load(ToolProvider.class, ClassLoader.getSystemClassLoader())
                .iterator();
        for (int failures = 0; failures < MAX_CONSECUTIVE_FAILURES; ) {
            try {
                if (!found.hasNext()) {
                    break;
                }
                ToolProvider tool = found.next();
                if (tool.name().startsWith(TOOL_PREFIX)) {
                    tools.add(tool);
                }
                failures = 0;
            } catch (ServiceConfigurationError | LinkageError e) {
                // A tool of some other jar that does not load is no sub-command; the rest are looked at.
                failures++;
            }
        }
        return tools;
    }
}
