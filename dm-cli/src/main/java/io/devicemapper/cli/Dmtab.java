package io.devicemapper.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A DMTAB file: the devices that a daemon creates when it starts, in the order written.
 *
 * <pre>
 * # Two ways to write the same device. First dmsetup's concise format, one device a line:
 * data,,,rw,0 1024 linear a.img 1024,1024 2048 linear b.img 0
 *
 * # Then sections: a name with attributes, as many as needed, and table lines.
 * [data] uuid=DATA-1 minor=7 ro
 * 0    1024 linear a.img 1024
 * 1024 2048 linear b.img 0
 * </pre>
 *
 * Lines in the concise format stand before the first section.
 *
 * @param file the file, as messages name it
 * @param directory where relative paths in the tables start from: the file's folder
 * @param devices the devices
 */
record Dmtab(String file, Path directory, List<DeviceSpec> devices) {
    /**
     * Reads a file.
     *
     * @throws CliException if it cannot be read or is malformed; the message begins with the file and the line
     */
    static Dmtab read(String file) throws CliException {
        try {
            Path path = Path.of(file).toAbsolutePath();
            return new Dmtab(file, path.getParent(), parse(Files.readString(path)));
        } catch (SyntaxException e) {
            throw new CliException(file + ":" + e.line() + ": " + e.getMessage(), e);
        } catch (CharacterCodingException e) {
            throw new CliException(file + ": is no UTF-8 text", e);
        } catch (IOException e) {
            throw new CliException(file + ": cannot be read: " + Reasons.withoutFile(e), e);
        } catch (InvalidPathException e) {
            throw new CliException(file + ": is no path: " + e.getReason(), e);
        }
    }

    /** Reads the text of a DMTAB file. */
    static List<DeviceSpec> parse(String text) throws SyntaxException {
        List<String> lines = text.lines().toList();
        int first = 0;
        while (first < lines.size() && !isHeading(lines.get(first))) {
            first++;
        }
        List<DeviceSpec> devices = new ArrayList<>(ConciseFormat.parse(String.join("\n", lines.subList(0, first)), 1));
        while (first < lines.size()) {
            int end = first + 1;
            while (end < lines.size() && !isHeading(lines.get(end))) {
                end++;
            }
            // The lines before it are left blank: so messages about the table count the lines of the file.
            String table = "\n".repeat(first + 1) + String.join("\n", lines.subList(first + 1, end));
            devices.add(section(lines.get(first).strip(), table, first + 1));
            first = end;
        }
        checkUnique(devices);
        return devices;
    }

    private static boolean isHeading(String line) {
        return line.stripLeading().startsWith("[");
    }

    private static DeviceSpec section(String heading, String table, int line) throws SyntaxException {
        int close = heading.indexOf(']');
        String name = close < 0 ? "" : heading.substring(1, close).strip();
        if (name.isEmpty()) {
            throw new SyntaxException(line, "expected [NAME], found '" + heading + "'");
        }
        Optional<String> uuid = Optional.empty();
        OptionalInt minor = OptionalInt.empty();
        boolean readOnly = false;
        String attributes = heading.substring(close + 1);
        int comment = attributes.indexOf('#');
        for (String attribute : (comment < 0 ? attributes : attributes.substring(0, comment))
                .strip()
                .split("\\s+", -1)) {
            if (attribute.startsWith("uuid=")) {
                uuid = Optional.of(attribute.substring("uuid=".length()));
            } else if (attribute.startsWith("minor=")) {
                minor = OptionalInt.of(ConciseFormat.parseMinor(name, attribute.substring("minor=".length()), line));
            } else if (attribute.equals("ro")) {
                readOnly = true;
            } else if (!attribute.isEmpty()) {
                throw new SyntaxException(
                        line, name + ": expected uuid=UUID, minor=NUMBER or ro, found '" + attribute + "'");
            }
        }
        return new DeviceSpec(name, uuid, minor, readOnly, table, line);
    }

    private static void checkUnique(List<DeviceSpec> devices) throws SyntaxException {
        Map<String, DeviceSpec> named = new HashMap<>();
        for (DeviceSpec device : devices) {
            DeviceSpec before = named.putIfAbsent(device.name(), device);
            if (before != null) {
                throw new SyntaxException(
                        device.line(), device.name() + ": named twice, first on line " + before.line());
            }
        }
    }
}
