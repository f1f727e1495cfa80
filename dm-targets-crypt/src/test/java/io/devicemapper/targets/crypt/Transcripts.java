package io.devicemapper.targets.crypt;

import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import java.util.List;

/** The transcripts in this module's test resources. */
final class Transcripts {
    private Transcripts() {}

    /** All records but the one that describes the devices. */
    static List<GoldenRecord> of(GoldenFile file) {
        return file.records().stream()
                .filter(record -> !record.id().equals("devices"))
                .toList();
    }
}
