package io.devicemapper.core;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** What to create: a name, and what differs from the defaults. Immutable; each method returns a changed copy. */
public final class CreateRequest {
    private final String name;
    private final String uuid;
    private final OptionalInt minor;
    private final boolean readOnly;
    private final String table;
    private final Path directory;

    private CreateRequest(String name, String uuid, OptionalInt minor, boolean readOnly, String table, Path directory) {
        this.name = name;
        this.uuid = uuid;
        this.minor = minor;
        this.readOnly = readOnly;
        this.table = table;
        this.directory = directory;
    }

    /** A device without uuid and table, with the lowest free minor number. */
    public static CreateRequest named(String name) {
        return new CreateRequest(Objects.requireNonNull(name, "name"), null, OptionalInt.empty(), false, null, null);
    }

    /** With a uuid of 1 to 128 bytes, unique among all devices. */
    public CreateRequest uuid(String uuid) {
        return new CreateRequest(name, Objects.requireNonNull(uuid, "uuid"), minor, readOnly, table, directory);
    }

    /** With this minor number, from 0 to 2^20 - 1. */
    public CreateRequest minor(int minor) {
        return new CreateRequest(name, uuid, OptionalInt.of(minor), readOnly, table, directory);
    }

    /** With a read-only table. */
    public CreateRequest readOnly(boolean readOnly) {
        return new CreateRequest(name, uuid, minor, readOnly, table, directory);
    }

    /** With this table, live at once. A table without lines leaves the device without one. */
    public CreateRequest table(String table) {
        return new CreateRequest(name, uuid, minor, readOnly, Objects.requireNonNull(table, "table"), directory);
    }

    /** Without a table. */
    public CreateRequest noTable() {
        return new CreateRequest(name, uuid, minor, readOnly, null, directory);
    }

    /** Where relative paths in the table start from; by default the device mapper's directory. */
    public CreateRequest directory(Path directory) {
        return new CreateRequest(name, uuid, minor, readOnly, table, Objects.requireNonNull(directory, "directory"));
    }

    String name() {
        return name;
    }

    Optional<String> uuid() {
        return Optional.ofNullable(uuid);
    }

    OptionalInt minor() {
        return minor;
    }

    boolean readOnly() {
        return readOnly;
    }

    Optional<String> table() {
        return Optional.ofNullable(table);
    }

    Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }
}
