package io.devicemapper.targets.cache.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Traces that are made up, written as {@code KIND:key=value,…}: the same text gives the same trace everywhere. */
enum GeneratedTrace {
    /** Blocks of a fixed popularity: the n-th has 1/n^skew of the first one's. */
    ZIPF("zipf", "blocks=20000,skew=0.9,accesses=200000,seed=1"),
    /** The same blocks in the same order, round after round. */
    LOOP("loop", "blocks=5000,accesses=100000"),
    /** Zipf, and now and then a walk over blocks that nobody looks at again. */
    SCAN_ZIPF("scan-zipf", "blocks=10000,skew=1,every=3000,scan=2000,accesses=200000,seed=1"),
    /** Zipf whose favourites change: after each period each block has the popularity of its neighbour. */
    DRIFT("drift", "blocks=10000,skew=1,period=20,accesses=200000,seed=1"),
    /** What was used last is most likely to be used next: the worst there is for those who count uses. */
    RECENCY("recency", "blocks=5000,distance=400,accesses=200000,seed=1");

    private static final int MAX_BLOCKS = 1 << 26;

    private final String kind;
    private final String defaults;

    GeneratedTrace(String kind, String defaults) {
        this.kind = kind;
        this.defaults = defaults;
    }

    /** All kinds with their defaults, for the usage text. */
    static List<String> examples() {
        return Arrays.stream(values())
                .map(kind -> kind.kind + ":" + kind.defaults)
                .toList();
    }

    /** The trace that the text describes; empty if it is no such text. */
    static Optional<Trace> of(String text) throws SimException {
        for (GeneratedTrace trace : values()) {
            if (text.equals(trace.kind) || text.startsWith(trace.kind + ":")) {
                Settings settings = trace.settings(text);
                return Optional.of(new Trace(trace.kind, settings.toString(), trace.generate(settings)));
            }
        }
        return Optional.empty();
    }

    private Settings settings(String text) throws SimException {
        Settings settings = new Settings(kind, defaults);
        if (text.length() > kind.length()) {
            for (String pair : text.substring(kind.length() + 1).split(",", -1)) {
                settings.set(pair);
            }
        }
        return settings;
    }

    private long[] generate(Settings settings) {
        return switch (this) {
            case ZIPF -> zipf(settings);
            case LOOP -> loop(settings);
            case SCAN_ZIPF -> scanZipf(settings);
            case DRIFT -> drift(settings);
            case RECENCY -> recency(settings);
        };
    }

    private static long[] zipf(Settings settings) {
        Zipf zipf = new Zipf(settings);
        long[] accesses = settings.newAccesses();
        Arrays.setAll(accesses, i -> scatter(zipf.next()));
        return accesses;
    }

    private static long[] loop(Settings settings) {
        int blocks = settings.integer("blocks");
        long[] accesses = settings.newAccesses();
        Arrays.setAll(accesses, i -> i % blocks);
        return accesses;
    }

    private static long[] scanZipf(Settings settings) {
        Zipf zipf = new Zipf(settings);
        int every = settings.integer("every");
        int scan = settings.integer("scan");
        // Scattered numbers have other upper bits.
        long scanned = 0;
        long[] accesses = settings.newAccesses();
        for (int i = 0; i < accesses.length; i++) {
            accesses[i] = i % (every + scan) < every ? scatter(zipf.next()) : scanned++;
        }
        return accesses;
    }

    private static long[] drift(Settings settings) {
        Zipf zipf = new Zipf(settings);
        int period = settings.integer("period");
        long[] accesses = settings.newAccesses();
        Arrays.setAll(accesses, i -> scatter(zipf.next() + i / period));
        return accesses;
    }

    private static long[] recency(Settings settings) {
        int blocks = settings.integer("blocks");
        int distance = settings.integer("distance");
        SplittableRandom random = new SplittableRandom(settings.integer("seed"));
        List<Long> byUse = new ArrayList<>();
        long[] accesses = settings.newAccesses();
        for (int i = 0; i < accesses.length; i++) {
            double usesAgo = -StrictMath.log(1 - random.nextDouble()) * distance;
            long block = usesAgo < byUse.size() ? byUse.remove(byUse.size() - 1 - (int) usesAgo) : scatter(i);
            byUse.add(block);
            if (byUse.size() > blocks) {
                byUse.remove(0);
            }
            accesses[i] = block;
        }
        return accesses;
    }

    /** Far from its neighbours, so that no walk is seen where none is meant. One to one for numbers below 2^32. */
    private static long scatter(long number) {
        return (1L << 40) + ((number * 0x9E3779B1L) & 0xFFFF_FFFFL) * 3;
    }

    /** What stands behind the colon. */
    private static final class Settings {
        private final String kind;
        private final Map<String, Double> values = new LinkedHashMap<>();

        Settings(String kind, String defaults) {
            this.kind = kind;
            for (String pair : defaults.split(",", -1)) {
                int equals = pair.indexOf('=');
                values.put(pair.substring(0, equals), Double.valueOf(pair.substring(equals + 1)));
            }
        }

        void set(String pair) throws SimException {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            if (!values.containsKey(key)) {
                throw new SimException(
                        kind + ": unknown setting '" + key + "'; there are " + String.join(", ", values.keySet()));
            }
            boolean fractional = key.equals("skew");
            try {
                double value = Double.parseDouble(pair.substring(equals + 1));
                double max = key.equals("accesses") ? TraceBuilder.MAX_ACCESSES : MAX_BLOCKS;
                boolean inRange = fractional ? value >= 0 && value <= 10 : value >= 1 && value <= max;
                if (equals >= 0 && inRange && (fractional || value == StrictMath.rint(value))) {
                    values.put(key, value);
                    return;
                }
            } catch (NumberFormatException e) {
                throw wrong(key, pair, e);
            }
            throw wrong(key, pair, null);
        }

        private SimException wrong(String key, String pair, Throwable cause) {
            String expected = key.equals("skew")
                    ? "a number from 0 to 10"
                    : "a whole number from 1 to " + (key.equals("accesses") ? TraceBuilder.MAX_ACCESSES : MAX_BLOCKS);
            return new SimException(kind + ": expected " + key + "=" + expected + ", found '" + pair + "'", cause);
        }

        int integer(String key) {
            return values.get(key).intValue();
        }

        double fraction(String key) {
            return values.get(key);
        }

        long[] newAccesses() {
            return new long[integer("accesses")];
        }

        @Override
        public String toString() {
            return String.join(
                    ",",
                    values.entrySet().stream()
                            .map(e -> e.getKey() + "=" + shown(e.getValue()))
                            .toList());
        }
    }

    private static String shown(double value) {
        return value == StrictMath.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /** Numbers from 0 on, the lower the likelier. */
    private static final class Zipf {
        private final double[] sums;
        private final SplittableRandom random;

        Zipf(Settings settings) {
            sums = new double[settings.integer("blocks")];
            random = new SplittableRandom(settings.integer("seed"));
            double sum = 0;
            for (int i = 0; i < sums.length; i++) {
                sum += StrictMath.pow(i + 1, -settings.fraction("skew"));
                sums[i] = sum;
            }
        }

        int next() {
            int found = Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
            return Math.min(found < 0 ? -found - 1 : found, sums.length - 1);
        }
    }
}
