package io.devicemapper.core;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a table as dmsetup(8) does: one target a line, {@code start length type args…}; blank lines and lines that begin with {@code #}
 * are skipped, and a {@code #} later in a line ends it.
 *
 * <p>Stricter than dmsetup in what a number is: all of it must be decimal digits.
 */
final class TableParser {
    /** The largest end of a table: 2^63 - 1 bytes, in sectors. */
    static final long MAX_SECTORS = Long.MAX_VALUE >> 9;

    /** What the kernel's table records have room for. */
    private static final int MAX_TYPE_NAME = 15;

    private static final Pattern LINE = Pattern.compile("(-?\\d+)\\s+(-?\\d+)\\s+(\\S+)(?:\\s+(.*))?");

    private TableParser() {}

    /**
     * The lines of a table, perhaps none.
     *
     * @param device the mapped device, for messages
     * @param table the text
     */
    static List<TableLine> parse(String device, CharSequence table) throws DmException {
        List<TableLine> lines = new ArrayList<>();
        int number = 0;
        for (int start = 0; start < table.length(); ) {
            int end = start;
            while (end < table.length() && table.charAt(end) != '\n') {
                end++;
            }
            number++;
            CharSequence content = strip(table, start, end);
            if (content.length() > 0) {
                lines.add(parseLine(device, number, content));
            }
            start = end + 1;
        }
        return lines;
    }

    private static CharSequence strip(CharSequence table, int start, int end) {
        int to = start;
        while (to < end && table.charAt(to) != '#') {
            to++;
        }
        int from = start;
        while (from < to && Character.isWhitespace(table.charAt(from))) {
            from++;
        }
        while (to > from
                && Character.isWhitespace(table.charAt(to - 1))
                && !(to - 2 >= from && table.charAt(to - 2) == '\\')) {
            to--;
        }
        return table.subSequence(from, to);
    }

    private static TableLine parseLine(String device, int number, CharSequence line) throws DmException {
        Matcher m = LINE.matcher(line);
        if (!m.matches()) {
            throw new DmException(
                    DmError.INVALID,
                    device + ": Invalid format on line " + number
                            + " of table: expected <start> <length> <target> [<argument>...] with decimal numbers of sectors");
        }
        String where = device + ": table line " + number + ": ";
        if (m.group(3).length() > MAX_TYPE_NAME) {
            throw new DmException(
                    DmError.INVALID,
                    where + "Target type name " + m.group(3) + " is too long: expected at most " + MAX_TYPE_NAME
                            + " characters");
        }
        char[] args = m.start(4) < 0 ? new char[0] : new char[m.end(4) - m.start(4)];
        for (int i = 0; i < args.length; i++) {
            args[i] = line.charAt(m.start(4) + i);
        }
        return new TableLine(
                number, sectors(where, "start", m.group(1)), sectors(where, "length", m.group(2)), m.group(3), args);
    }

    private static long sectors(String where, String what, String digits) throws DmException {
        try {
            long value = Long.parseLong(digits);
            if (value >= 0 && value <= MAX_SECTORS && digits.charAt(0) != '-') {
                return value;
            }
        } catch (NumberFormatException tooLong) {
            // More digits than a long has: refused below like every number out of range.
        }
        throw new DmException(
                DmError.INVALID,
                where + "too large device (" + what + " '" + digits + "': expected a number of sectors from 0 to "
                        + MAX_SECTORS + ")");
    }
}
