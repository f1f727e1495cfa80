package io.devicemapper.targets.cache;

import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenRefusals;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kernel refuses is refused with its reason, and what it accepts is accepted, but for what is listed here. */
class BadInputGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(BadInputGoldenTest.class, "bad-input.rec");

    /** The records that we treat differently on purpose, with the reason that we refuse them for; docs/differences.md says why. */
    private static final Map<String, String> DIFFERENCES = Map.of(
            "cache block size 192 (control: a multiple of 64)",
            "cache: writeback is not supported",
            // There, the words behind were not looked at, and the metadata of the record before was in the way.
            "cache trailing argument",
            "cache: Invalid argument count",
            // There, the metadata device held something from elsewhere.
            "cache metadata is garbage",
            "");

    private static final GoldenRefusals REFUSALS = new GoldenRefusals(FILE, DIFFERENCES);

    static List<GoldenRecord> records() {
        return FILE.transcripts().stream()
                .filter(record -> !DIFFERENCES.getOrDefault(record.id(), "-").isEmpty())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("records")
    void malformedTablesAreRefusedWithAKernelsReason(GoldenRecord record) throws Exception {
        REFUSALS.check(record);
    }
}
