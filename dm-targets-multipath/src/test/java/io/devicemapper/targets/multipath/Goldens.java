package io.devicemapper.targets.multipath;

import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** The records in this module's test resources. */
final class Goldens {
    private Goldens() {}

    static GoldenFile load(String name) {
        try {
            return GoldenFile.load(Goldens.class, "kernel-golden/" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All records but the one that describes the devices. */
    static List<GoldenRecord> transcripts(GoldenFile file) {
        return file.records().stream()
                .filter(record -> !record.id().equals("devices"))
                .toList();
    }
}
