package io.devicemapper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What {@code dm version} prints, in dmsetup's words: the library is this command, the driver is the daemon. */
final class Versions {
    private Versions() {}

    /** The first line, which each side prints for itself. */
    static String ofThisCommand() {
        return "Library version:   " + version() + "\n";
    }

    /** The second line, from the daemon. */
    static String ofThisDaemon() {
        return "Driver version:    " + version() + "\n";
    }

    private static String version() {
        try (InputStream resource = Versions.class.getResourceAsStream("version")) {
            return new String(resource.readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
