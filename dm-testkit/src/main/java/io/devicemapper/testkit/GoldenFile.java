package io.devicemapper.testkit;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file of records of what a kernel said and wrote: text lines {@code name: value}, where an empty line ends a record, each record
 * begins with {@code record: ID}, and lines that begin with {@code #} are comments at the top. The name ends at the first colon, one
 * blank follows, and the rest is the value, trailing blanks included. Immutable.
 */
public final class GoldenFile {
    private static final String RECORD = "record";
    private static final String DEVICES = "devices";

    private final String name;
    private final Map<String, String> header;
    private final Map<String, GoldenRecord> records;

    private GoldenFile(String name, Map<String, String> header, Map<String, GoldenRecord> records) {
        this.name = name;
        this.header = header;
        this.records = records;
    }

    /**
     * Reads a file from the class path.
     *
     * @param owner a class whose loader, or module, has the file
     * @param resource its path, such as {@code kernel-golden/layout.rec}
     * @throws IOException if there is no such file or it is malformed; the message says which line
     */
    public static GoldenFile load(Class<?> owner, String resource) throws IOException {
        try (InputStream in = owner.getResourceAsStream("/" + resource)) {
            if (in == null) {
                throw new FileNotFoundException(resource + ": not on the class path of " + owner.getName());
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            return parse(resource, lines.lines().toList());
        }
    }

    /**
     * Reads a file of what a kernel answered, from the folder {@code kernel-golden} on the class path. For static fields of tests.
     *
     * @param owner a class whose loader, or module, has the file
     * @param name its name, such as {@code layout.rec}
     * @throws UncheckedIOException if there is no such file or it is malformed; the message says which line
     */
    public static GoldenFile ofKernel(Class<?> owner, String name) {
        try {
            return load(owner, "kernel-golden/" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Makes a file of lines.
     *
     * @param name for messages
     * @param lines without line ends
     * @throws IOException if they are malformed; the message says which line
     */
    public static GoldenFile parse(String name, List<String> lines) throws IOException {
        Map<String, String> header = new LinkedHashMap<>();
        Map<String, GoldenRecord> records = new LinkedHashMap<>();
        List<GoldenField> fields = new ArrayList<>();
        int lineNumber = 0;
        for (String line : lines) {
            lineNumber++;
            if (line.isEmpty()) {
                addRecord(records, fields);
            } else if (line.startsWith("#") && records.isEmpty() && fields.isEmpty()) {
                GoldenField comment = GoldenField.parse(line.substring(1).strip());
                header.put(comment.name(), comment.value());
            } else {
                GoldenField field = GoldenField.parse(line);
                boolean isRecord = field.name().equals(RECORD);
                if (isRecord != fields.isEmpty()) {
                    throw new IOException(name + ":" + lineNumber + ": expected "
                            + (isRecord ? "an empty line before" : "'record: ID', found") + " '" + line + "'");
                }
                if (isRecord && records.containsKey(field.value())) {
                    throw new IOException(name + ":" + lineNumber + ": second record '" + field.value() + "'");
                }
                fields.add(field);
            }
        }
        addRecord(records, fields);
        return new GoldenFile(name, header, records);
    }

    private static void addRecord(Map<String, GoldenRecord> records, List<GoldenField> fields) {
        if (!fields.isEmpty()) {
            String id = fields.get(0).value();
            records.put(id, new GoldenRecord(id, List.copyOf(fields.subList(1, fields.size()))));
            fields.clear();
        }
    }

    /** The name that it was loaded by. */
    public String name() {
        return name;
    }

    /** A value from the comments at the top, such as {@code kernel}. */
    public Optional<String> header(String field) {
        return Optional.ofNullable(header.get(field));
    }

    /** All records, in the order of the file. */
    public List<GoldenRecord> records() {
        return List.copyOf(records.values());
    }

    /** All records but the one that describes the devices. */
    public List<GoldenRecord> transcripts() {
        return records.values().stream()
                .filter(record -> !record.id().equals(DEVICES))
                .toList();
    }

    /**
     * A record by its ID.
     *
     * @throws IllegalArgumentException if there is none
     */
    public GoldenRecord record(String id) {
        GoldenRecord record = records.get(id);
        if (record == null) {
            throw new IllegalArgumentException(name + ": no record '" + id + "'");
        }
        return record;
    }

    /** The plain block devices that the file's tables are about: those of its record {@code devices}. */
    public List<GoldenDevice> devices() {
        return record(DEVICES).values("device").stream()
                .map(GoldenDevice::parse)
                .toList();
    }

    @Override
    public String toString() {
        return name + " (" + records.size() + " records)";
    }
}
