package io.devicemapper.targets.cache.sim;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The formats that traces come in. */
enum TraceFormat {
    /** A block number a line, and comments behind {@code #}. */
    NUMBERS,
    /** The same with marker lines of one {@code *}, as the authors of LIRS publish theirs. */
    LIRS,
    /** Four numbers a line: first sector, number of sectors, ignored, number of the request; as the authors of ARC publish theirs. */
    ARC,
    /** What blkparse(1) prints by default. Requests count when they are queued. */
    BLKPARSE,
    /** fio's {@code write_iolog}, versions 2 and 3. */
    FIO,
    /** Timestamp, host, disk, type, offset, size and response time, parted by commas: Microsoft Research's traces at SNIA. */
    MSR;

    private static final Pattern BLKPARSE_LINE = Pattern.compile("\\s*\\d+,\\d+\\s+\\d+\\s.*|\\s*Input file .* added");
    private static final Pattern MSR_LINE = Pattern.compile("[^,]*(,[^,]*){6}");
    private static final Pattern ARC_LINE = Pattern.compile("\\s*\\d+\\s+\\d+\\s+\\d+\\s+\\d+\\s*");
    private static final Pattern NUMBER_LINE = Pattern.compile("\\s*(\\d+|\\*)\\s*(#.*)?");

    /** Reads one line after the other. */
    interface LineParser {
        /**
         * Reads a line that is not blank.
         *
         * @return whether there may be more
         */
        boolean parse(String file, long lineNumber, String line, TraceBuilder trace) throws SimException;
    }

    /** As an option has it. */
    String formatName() {
        return name().toLowerCase(Locale.ROOT);
    }

    LineParser newParser() {
        return switch (this) {
            case NUMBERS -> new NumberParser(false);
            case LIRS -> new NumberParser(true);
            case ARC -> TraceFormat::parseArc;
            case BLKPARSE -> new BlkparseParser();
            case FIO -> new FioParser();
            case MSR -> new MsrParser();
        };
    }

    /** All names, for messages. */
    static String names() {
        return String.join(
                ", ", Arrays.stream(values()).map(TraceFormat::formatName).toList());
    }

    static Optional<TraceFormat> named(String name) {
        return Arrays.stream(values())
                .filter(format -> format.formatName().equals(name))
                .findFirst();
    }

    /** The format whose first line this can be. A number alone is taken for LIRS, which allows all that NUMBERS does. */
    static Optional<TraceFormat> detect(String line) {
        if (line.startsWith(FioParser.HEADER)) {
            return Optional.of(FIO);
        }
        if (BLKPARSE_LINE.matcher(line).matches()) {
            return Optional.of(BLKPARSE);
        }
        if (MSR_LINE.matcher(line).matches()) {
            return Optional.of(MSR);
        }
        if (ARC_LINE.matcher(line).matches()) {
            return Optional.of(ARC);
        }
        return NUMBER_LINE.matcher(line).matches() ? Optional.of(LIRS) : Optional.empty();
    }

    private static boolean parseArc(String file, long lineNumber, String line, TraceBuilder trace) throws SimException {
        Fields fields = new Fields(file, lineNumber, line);
        long sector = fields.number("the first sector");
        long sectors = fields.number("the number of sectors");
        fields.number("a number");
        fields.number("the number of the request");
        fields.end();
        trace.sectors("", sector, sectors);
        return true;
    }
}
