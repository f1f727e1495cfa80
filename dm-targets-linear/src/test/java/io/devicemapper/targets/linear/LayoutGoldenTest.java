package io.devicemapper.targets.linear;

import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenReplay;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sector lands where a kernel puts it. */
class LayoutGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(LayoutGoldenTest.class, "layout.rec");

    static List<GoldenRecord> records() {
        return FILE.transcripts();
    }

    @ParameterizedTest
    @MethodSource("records")
    void sectorsLandWhereAKernelPutsThem(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            GoldenReplay.run(bed, record);
        }
    }
}
