package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenField;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenReplay;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** While paths fail and come back, a kernel shows the same lines in the same order. */
class FailoverGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(FailoverGoldenTest.class, "failover.rec");

    /** Its command is a script. */
    private static final String EVENT_WAIT = "event wait";

    static List<GoldenRecord> records() {
        return FILE.transcripts().stream()
                .filter(record -> !record.id().equals(EVENT_WAIT))
                .map(FailoverGoldenTest::withoutFlakey)
                .toList();
    }

    /** A flakey target that is down from the start fails everything, and so does error. */
    private static GoldenRecord withoutFlakey(GoldenRecord record) {
        return new GoldenRecord(
                record.id(),
                record.fields().stream()
                        .map(field ->
                                new GoldenField(field.name(), field.value().replace("flakey 7:0 0 0 3600", "error")))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyLineIsAKernels(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            GoldenReplay.run(bed, record);
        }
    }

    @Test
    void aWaitForAnEventEndsWhenAPathFails() throws Exception {
        FILE.record(EVENT_WAIT);
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            MappedDevice device =
                    bed.deviceMapper().create("mp", "0 8192 multipath 0 0 1 1 round-robin 0 2 1 7:0 1 7:1 1");
            CompletableFuture<Long> waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return device.awaitEvent(0);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            bed.deviceMapper().message("mp", 0, "fail_path 7:0");
            assertEquals(1, waiting.get(60, TimeUnit.SECONDS));
            assertEquals(1, device.awaitEvent(0), "at once");
        }
    }
}
