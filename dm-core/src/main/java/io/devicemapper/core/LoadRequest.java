package io.devicemapper.core;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** A table to load. Immutable; each method returns a changed copy. */
public final class LoadRequest {
    private final String table;
    private final boolean readOnly;
    private final Path directory;

    private LoadRequest(String table, boolean readOnly, Path directory) {
        this.table = table;
        this.readOnly = readOnly;
        this.directory = directory;
    }

    /** A writable table, in the text form of dmsetup(8). */
    public static LoadRequest of(String table) {
        return new LoadRequest(Objects.requireNonNull(table, "table"), false, null);
    }

    /** Whether the device is read-only with this table. */
    public LoadRequest readOnly(boolean readOnly) {
        return new LoadRequest(table, readOnly, directory);
    }

    /** Where relative paths start from; by default the device mapper's directory. */
    public LoadRequest directory(Path directory) {
        return new LoadRequest(table, readOnly, Objects.requireNonNull(directory, "directory"));
    }

    String table() {
        return table;
    }

    boolean readOnly() {
        return readOnly;
    }

    Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }
}
