package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockIoException;
import io.devicemapper.core.DmException;
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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables, status lines and messages read as those of a kernel, but for what the policy decides. */
class CacheGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(CacheGoldenTest.class, "cache.rec");
    private static final String OTHER_BLOCK_SIZE = "opened with another block size";

    /** Where in a status line with begin, length and type the policy's doings show, and how much metadata they take. */
    private static final int USAGE = 4;

    private static final int RESIDENTS = 6;
    private static final int FIRST_COUNT = 7;
    private static final int LAST_COUNT = 12;

    static List<GoldenRecord> writethrough() {
        return FILE.transcripts().stream()
                .filter(record -> !isWriteback(record) && !record.id().equals(OTHER_BLOCK_SIZE))
                .toList();
    }

    static List<GoldenRecord> writeback() {
        return FILE.transcripts().stream().filter(CacheGoldenTest::isWriteback).toList();
    }

    private static boolean isWriteback(GoldenRecord record) {
        String table = record.steps().get(0).standardInput();
        return !table.contains(" writethrough ") && !table.contains(" passthrough ");
    }

    @ParameterizedTest
    @MethodSource("writethrough")
    void everyAnswerIsAKernels(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            for (GoldenStep step : record.steps()) {
                if (step.text().startsWith("cache_")) {
                    continue; // tools, which tests of the metadata ask
                }
                if (step.text().equals("dmsetup status ca")) {
                    assertEquals(masked(step.values("out").get(0)), masked(status(bed)), record + ": " + step);
                } else {
                    GoldenReplay.run(bed, new GoldenRecord(record.id(), fields(step)));
                }
            }
        }
    }

    /** Without what is about the place of data on the cache device, or about bytes of metadata. */
    private static List<GoldenField> fields(GoldenStep step) {
        List<GoldenField> fields = new ArrayList<>();
        fields.add(step.action());
        for (GoldenField result : step.results()) {
            if (!result.name().startsWith("metadata-") && !result.name().equals("cache-content")) {
                fields.add(result);
            }
        }
        return fields;
    }

    private static String status(GoldenBed bed) {
        TargetView target = bed.mapped("ca").liveTable().orElseThrow().targets().get(0);
        return target.begin() + " " + target.len() + " " + target.typeName() + " " + target.status(StatusType.INFO);
    }

    private static String masked(String status) {
        String[] words = status.split(" ", -1);
        words[USAGE] = "USED/TOTAL";
        words[RESIDENTS] = words[RESIDENTS].replaceFirst("^\\d+", "RESIDENTS");
        Arrays.fill(words, FIRST_COUNT, LAST_COUNT + 1, "COUNT");
        return String.join(" ", words);
    }

    @ParameterizedTest
    @MethodSource("writeback")
    void writebackIsRefused(GoldenRecord record) throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            DmException refusal = assertThrows(
                    DmException.class,
                    () -> bed.deviceMapper().create("ca", record.steps().get(0).standardInput()));
            assertTrue(refusal.getMessage().contains("writeback is not supported"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("write the feature writethrough"), refusal.getMessage());
            assertMetadataIsBlank(bed);
        }
    }

    private static void assertMetadataIsBlank(GoldenBed bed) throws BlockIoException {
        ByteBuffer superblock = ByteBuffer.allocate(4096);
        bed.disk("loop0").read(0, superblock);
        assertEquals(ByteBuffer.allocate(4096), superblock, "nothing was written");
    }

    @Test
    void anotherBlockSizeIsRefused() throws Exception {
        GoldenRecord record = FILE.record(OTHER_BLOCK_SIZE);
        GoldenStep step = record.steps().get(0);
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            bed.deviceMapper().create("ca", step.standardInput().replace(" 64 1 ", " 128 1 "));
            bed.deviceMapper().remove("ca");
            DmException refusal =
                    assertThrows(DmException.class, () -> bed.deviceMapper().create("ca", step.standardInput()));
            assertTrue(refusal.getMessage().contains("Error creating metadata object"), refusal.getMessage());
            String reason = "changing the data block size (from 128 to 64) is not supported";
            assertTrue(step.values("klog").get(0).contains(reason), "as a kernel says");
            assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
            assertFalse(bed.deviceMapper().device("ca").isPresent());
        }
    }

    @Test
    void aGarbageSuperblockIsRefused() throws Exception {
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            ByteBuffer garbage = ByteBuffer.allocate(4096);
            Arrays.fill(garbage.array(), (byte) 'x');
            bed.disk("loop0").write(0, garbage);
            DmException refusal = assertThrows(
                    DmException.class,
                    () -> bed.deviceMapper().create("ca", "0 8192 cache 7:0 7:1 7:2 128 1 writethrough smq 0"));
            assertTrue(refusal.getMessage().contains("Error creating metadata object"), refusal.getMessage());
        }
    }
}
