package io.devicemapper.targets.linear;

import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenField;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenReplay;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables, status lines, device states and dependencies read as those of a kernel. */
class StatusGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(StatusGoldenTest.class, "status-basic.rec");

    /** What the record of mixed targets says, and would say without its last target, which is not of this module. */
    private static final Map<String, String> WITHOUT_CRYPT = Map.of(
            "mix              253   0 L--w    0    5      0                                 ",
            "mix              253   0 L--w    0    4      0                                 ",
            "Number of targets: 5",
            "Number of targets: 4",
            "4 dependencies\t: (7, 3) (7, 2) (7, 1) (7, 0)",
            "3 dependencies\t: (7, 2) (7, 1) (7, 0)");

    static List<GoldenRecord> records() {
        return FILE.transcripts().stream()
                .map(record -> record.id().equals("mixed targets") ? withoutCrypt(record) : record)
                .toList();
    }

    private static GoldenRecord withoutCrypt(GoldenRecord record) {
        return new GoldenRecord(
                record.id(),
                record.fields().stream()
                        .filter(field -> !field.value().contains(" crypt "))
                        .map(field ->
                                new GoldenField(field.name(), WITHOUT_CRYPT.getOrDefault(field.value(), field.value())))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyAnswerIsAKernels(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            GoldenReplay.run(bed, record);
        }
    }
}
