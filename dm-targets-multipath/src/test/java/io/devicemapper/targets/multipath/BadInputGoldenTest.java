package io.devicemapper.targets.multipath;

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
            // A number that does not fit is refused as such, and does not become another one.
            "multipath group count 2^32", "multipath: invalid number of priority groups");

    private static final GoldenRefusals REFUSALS = new GoldenRefusals(FILE, DIFFERENCES);

    static List<GoldenRecord> records() {
        return FILE.transcripts();
    }

    @ParameterizedTest
    @MethodSource("records")
    void malformedTablesAreRefusedWithAKernelsReason(GoldenRecord record) throws Exception {
        REFUSALS.check(record);
    }
}
