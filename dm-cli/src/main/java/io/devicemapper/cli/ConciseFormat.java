package io.devicemapper.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The format of {@code dmsetup --concise}: {@code name,uuid,minor,flags,table line[,table line…]}, devices parted by {@code ;} or the
 * end of a line. Flags are {@code rw} (also if empty) or {@code ro}. A backslash takes the next character as it is.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/dmsetup.8.html">dmsetup(8), CONCISE FORMAT</a>
 */
final class ConciseFormat {
    private static final int FIELDS_BEFORE_TABLE = 4;

    private final String text;
    private final List<DeviceSpec> devices = new ArrayList<>();
    private List<String> fields = new ArrayList<>();
    private final StringBuilder field = new StringBuilder();

    private ConciseFormat(String text) {
        this.text = text;
    }

    /**
     * Reads any number of devices. Blank lines and lines that begin with {@code #} are skipped.
     *
     * @param firstLine the number that the first line of the text has
     * @throws SyntaxException if a device is malformed
     */
    static List<DeviceSpec> parse(String text, int firstLine) throws SyntaxException {
        return new ConciseFormat(text).parse(firstLine);
    }

    private List<DeviceSpec> parse(int firstLine) throws SyntaxException {
        int line = firstLine;
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            if (!text.substring(at, end).strip().startsWith("#")) {
                parseLine(at, end, line);
            }
            at = end + 1;
            line++;
        }
        return devices;
    }

    private void parseLine(int start, int end, int line) throws SyntaxException {
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < end) {
                i++;
                field.append(text.charAt(i));
            } else if (c == ',') {
                endField();
            } else if (c == ';') {
                endDevice(line);
            } else {
                field.append(c);
            }
        }
        endDevice(line);
    }

    private void endField() {
        fields.add(field.toString());
        field.setLength(0);
    }

    private void endDevice(int line) throws SyntaxException {
        endField();
        List<String> ended = fields;
        fields = new ArrayList<>();
        if (ended.size() == 1 && ended.get(0).isBlank()) {
            return;
        }
        devices.add(device(ended, line));
    }

    private static DeviceSpec device(List<String> fields, int line) throws SyntaxException {
        String name = fields.get(0).strip();
        if (fields.size() < FIELDS_BEFORE_TABLE) {
            // The text itself is not shown: it may be a table line with a key in it.
            throw new SyntaxException(
                    line,
                    "expected name,uuid,minor,flags,table, found " + fields.size()
                            + (fields.size() == 1 ? " field" : " fields"));
        }
        if (name.isEmpty()) {
            throw new SyntaxException(line, "the device has no name");
        }
        String uuid = fields.get(1).strip();
        return new DeviceSpec(
                name,
                uuid.isEmpty() ? Optional.empty() : Optional.of(uuid),
                minor(name, fields.get(2).strip(), line),
                readOnly(name, fields.get(3).strip(), line),
                String.join("\n", fields.subList(FIELDS_BEFORE_TABLE, fields.size())),
                line);
    }

    private static OptionalInt minor(String device, String field, int line) throws SyntaxException {
        return field.isEmpty() ? OptionalInt.empty() : OptionalInt.of(parseMinor(device, field, line));
    }

    /** Reads a minor number; whether it is in range and free is the device mapper's to say. */
    static int parseMinor(String device, String field, int line) throws SyntaxException {
        try {
            int minor = Integer.parseInt(field);
            if (minor >= 0) {
                return minor;
            }
        } catch (NumberFormatException e) {
            // Refused below, with every other text that is no minor number.
        }
        throw new SyntaxException(line, device + ": minor: expected a number below 2^20, found '" + field + "'");
    }

    private static boolean readOnly(String device, String flags, int line) throws SyntaxException {
        return switch (flags) {
            case "", "rw" -> false;
            case "ro" -> true;
            default -> throw new SyntaxException(line, device + ": flags: expected rw or ro, found '" + flags + "'");
        };
    }

    /** The text with a backslash before each character that means something to this format. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' || c == ',' || c == ';') {
                escaped.append('\\');
            }
            escaped.append(c);
        }
        return escaped.toString();
    }
}
