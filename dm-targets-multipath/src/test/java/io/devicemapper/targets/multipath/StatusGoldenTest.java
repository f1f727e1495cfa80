package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.TargetView;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenField;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenReplay;
import io.devicemapper.testkit.GoldenStep;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables, status lines, messages and events read as those of a kernel. */
class StatusGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(StatusGoldenTest.class, "status-multipath.rec");

    /** A line with service times that were measured. */
    private static final Pattern MEASURED = Pattern.compile(".* \\d{8,} .*");

    static List<GoldenRecord> records() {
        return FILE.transcripts().stream()
                .map(StatusGoldenTest::withoutMeasured)
                .toList();
    }

    private static GoldenRecord withoutMeasured(GoldenRecord record) {
        List<GoldenField> fields = new ArrayList<>();
        for (GoldenStep step : record.steps()) {
            if (step.values("out").stream()
                    .noneMatch(line -> MEASURED.matcher(line).matches())) {
                fields.add(step.action());
                step.results().stream()
                        .filter(result -> !dependsOnTime(record, step, result))
                        .forEach(fields::add);
            }
        }
        return new GoldenRecord(record.id(), fields);
    }

    /** The kernel's two paths lead to two disks; where the choice follows measured times, so does what is read. */
    private static boolean dependsOnTime(GoldenRecord record, GoldenStep step, GoldenField result) {
        return record.id().startsWith("historical-service-time")
                && step.isIo()
                && !result.name().equals("result");
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyAnswerIsAKernels(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            GoldenReplay.run(bed, record);
        }
    }

    @Test
    void measuredServiceTimesHaveTheFormOfAKernels() throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            BlockDevice device = bed.deviceMapper()
                    .create("mp", "0 8192 multipath 0 0 1 1 historical-service-time 0 2 1 7:0 1 7:1 1");
            for (int i = 0; i < 4; i++) {
                device.write(0, ByteBuffer.allocate(4096));
            }
            TargetView target =
                    bed.mapped("mp").liveTable().orElseThrow().targets().get(0);
            String info = target.status(StatusType.INFO);
            assertTrue(info.matches("2 0 0 0 1 1 A 2 972 0 2 3 7:0 A 0 \\d+ 0 \\d+ 7:1 A 0 \\d+ 0 \\d+ "), info);
        }
    }
}
