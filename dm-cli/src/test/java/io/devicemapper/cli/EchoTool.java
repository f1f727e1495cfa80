package io.devicemapper.cli;

import java.io.PrintWriter;
import java.util.spi.ToolProvider;

/** A sub-command from another jar, as {@code dm} sees it: {@code dm echo}. Next to it a tool is declared that does not exist. */
public final class EchoTool implements ToolProvider {
    @Override
    public String name() {
        return "dm-echo";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        out.println(String.join(" ", args));
        out.flush();
        return args.length;
    }
}
