package io.devicemapper.targets.cache.sim;

/** A size of a cache, in blocks or as a share of the blocks that a trace accesses. */
sealed interface CacheSize {
    /** How many blocks that is, at least 1. */
    int blocks(Trace trace);

    /** A number of blocks. */
    record Blocks(int count) implements CacheSize {
        @Override
        public int blocks(Trace trace) {
            return count;
        }
    }

    /** A share of the blocks that occur in the trace. */
    record Percent(double percent) implements CacheSize {
        @Override
        public int blocks(Trace trace) {
            return (int) Math.max(1, percent * trace.distinctBlocks() / 100);
        }
    }

    /** Reads {@code 4096} or {@code 12.5%}. */
    static CacheSize parse(String text) throws SimException {
        try {
            if (text.endsWith("%")) {
                double percent = Double.parseDouble(text.substring(0, text.length() - 1));
                if (percent > 0 && percent <= 100) {
                    return new Percent(percent);
                }
            } else {
                int count = Integer.parseInt(text);
                if (count > 0) {
                    return new Blocks(count);
                }
            }
        } catch (NumberFormatException e) {
            throw wrong(text, e);
        }
        throw wrong(text, null);
    }

    private static SimException wrong(String text, Throwable cause) {
        return new SimException(
                "--size: expected a number of blocks, or a share of the trace's blocks such as 10%, found '" + text
                        + "'",
                cause);
    }
}
