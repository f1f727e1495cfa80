package io.devicemapper.targets.crypt;

import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenReplay;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables, messages, status lines and device states read as those of a kernel. */
class StatusGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(StatusGoldenTest.class, "status-basic.rec");

    static List<GoldenRecord> records() {
        return FILE.transcripts();
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyAnswerIsAKernels(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            GoldenReplay.run(bed, record);
        }
    }
}
