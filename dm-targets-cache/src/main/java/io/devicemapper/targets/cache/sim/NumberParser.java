package io.devicemapper.targets.cache.sim;

/** A block number a line. */
final class NumberParser implements TraceFormat.LineParser {
    private final boolean markers;

    /**
     * A parser.
     *
     * @param markers whether a line may be a single {@code *}, which is passed over
     */
    NumberParser(boolean markers) {
        this.markers = markers;
    }

    @Override
    public boolean parse(String file, long lineNumber, String line, TraceBuilder trace) throws SimException {
        int comment = line.indexOf('#');
        String text = comment < 0 ? line : line.substring(0, comment);
        if (text.isBlank() || (markers && text.strip().equals("*"))) {
            return true;
        }
        Fields fields = new Fields(file, lineNumber, text);
        long block = fields.number("a block number");
        fields.end();
        trace.block(block);
        return true;
    }
}
