package io.devicemapper.targets.cache.sim;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of {@code dm cache-sim}. */
final class SimOptions {
    /** 32 KiB: the smallest block of a cache. */
    static final int DEFAULT_BLOCK_SECTORS = 64;

    private static final int MAX_BLOCK_SECTORS = 1 << 21;
    private static final String DEFAULT_SIZES = "5%,10%,20%,35%,50%,75%";

    private final List<String> traces = new ArrayList<>();
    private final List<String> policies = new ArrayList<>();
    private final List<CacheSize> sizes = new ArrayList<>();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private TraceFormat format;
    private Path plot;
    private int blockSectors = DEFAULT_BLOCK_SECTORS;
    private int lagAccesses;
    private boolean busy;
    private boolean help;

    private SimOptions() {}

    static String usage() {
        return """
                Usage: dm cache-sim [OPTIONS] TRACE...
                  Replays traces to a replacement policy; prints hit ratios beside LRU and the optimum.

                  --policy NAME[,NAME]  what to measure, by default smq
                  --set KEY=VALUE       sets one of the policy's values
                  --size SIZE[,SIZE]    blocks of the cache, or a share of those in the trace; by default
                                        %s
                  --format FORMAT       %s; by default what the first line looks like
                  --block-size SECTORS  length of a block, by default %d; for traces of sectors or bytes
                  --lag ACCESSES        how long a block is on its way into the cache, by default 0
                  --busy                no time for copies that may not pay
                  --plot FILE.svg       draws the hit ratios over the size

                TRACE is a file, which may be compressed by gzip, - for standard input, or made up:
                  %s
                """.formatted(
                        DEFAULT_SIZES,
                        TraceFormat.names(),
                        DEFAULT_BLOCK_SECTORS,
                        String.join("\n  ", GeneratedTrace.examples()));
    }

    static SimOptions parse(List<String> args) throws SimException {
        SimOptions options = new SimOptions();
        boolean optionsEnded = false;
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (optionsEnded || !arg.startsWith("-") || arg.equals(TraceReader.STANDARD_INPUT)) {
                options.traces.add(arg);
            } else if (arg.equals("--")) {
                optionsEnded = true;
            } else if (arg.equals("--help") || arg.equals("-h")) {
                options.help = true;
            } else if (arg.equals("--busy")) {
                options.busy = true;
            } else {
                int equals = arg.indexOf('=');
                String name = equals < 0 ? arg : arg.substring(0, equals);
                if (equals < 0 && i + 1 == args.size()) {
                    throw new SimException(unknownOrIncomplete(name));
                }
                options.set(name, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
            }
        }
        options.complete();
        return options;
    }

    private static String unknownOrIncomplete(String name) {
        return switch (name) {
            case "--policy", "--set", "--size", "--format", "--block-size", "--lag", "--plot" ->
                name + " needs a value";
            default -> "unknown option '" + name + "'; dm cache-sim --help shows those there are";
        };
    }

    private void set(String name, String value) throws SimException {
        switch (name) {
            case "--policy" -> policies.addAll(List.of(value.split(",", -1)));
            case "--set" -> {
                int equals = value.indexOf('=');
                if (equals < 1) {
                    throw new SimException("--set: expected KEY=VALUE, found '" + value + "'");
                }
                settings.put(value.substring(0, equals), value.substring(equals + 1));
            }
            case "--size" -> addSizes(value);
            case "--format" ->
                format = TraceFormat.named(value)
                        .orElseThrow(() -> new SimException(
                                "--format: expected one of " + TraceFormat.names() + ", found '" + value + "'"));
            case "--block-size" -> blockSectors = number(name, value, 1, MAX_BLOCK_SECTORS);
            case "--lag" -> lagAccesses = number(name, value, 0, TraceBuilder.MAX_ACCESSES);
            case "--plot" -> plot = path(value);
            default -> throw new SimException(unknownOrIncomplete(name));
        }
    }

    private void addSizes(String value) throws SimException {
        for (String size : value.split(",", -1)) {
            sizes.add(CacheSize.parse(size));
        }
    }

    private static int number(String name, String value, int min, int max) throws SimException {
        String message = name + ": expected a number from " + min + " to " + max + ", found '" + value + "'";
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new SimException(message, e);
        }
        throw new SimException(message);
    }

    private static Path path(String value) throws SimException {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new SimException("--plot: '" + value + "' is no path: " + e.getReason(), e);
        }
    }

    private void complete() throws SimException {
        if (policies.isEmpty()) {
            policies.add("smq");
        }
        if (sizes.isEmpty()) {
            addSizes(DEFAULT_SIZES);
        }
        if (traces.isEmpty() && !help) {
            throw new SimException("no trace given; usage: dm cache-sim [OPTIONS] TRACE...");
        }
    }

    boolean help() {
        return help;
    }

    List<String> traces() {
        return traces;
    }

    List<String> policies() {
        return policies;
    }

    List<CacheSize> sizes() {
        return sizes;
    }

    Map<String, String> settings() {
        return settings;
    }

    /** Null to find out. */
    TraceFormat format() {
        return format;
    }

    Optional<Path> plot() {
        return Optional.ofNullable(plot);
    }

    int blockSectors() {
        return blockSectors;
    }

    PolicyRun.Conditions conditions() {
        return new PolicyRun.Conditions(lagAccesses, !busy);
    }
}
