package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.core.MappedDevice;
import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenRefusals;
import io.devicemapper.testkit.GoldenStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kernel, or dmsetup, refuses is refused with its reason, and what it accepts is accepted, but for what is listed here. */
class BadInputGoldenTest {
    private static final GoldenFile FILE = GoldenFile.ofKernel(BadInputGoldenTest.class, "bad-input.rec");

    /** The records that we treat differently on purpose, with the reason that we refuse them for; docs/differences.md says why. */
    private static final Map<String, String> DIFFERENCES = Map.ofEntries(
            // A number is all of its word: dmsetup takes the digits that it begins with, and the rest as the target's
            // name.
            Map.entry("table length not a number", "Invalid format on line 1 of table"),
            Map.entry("table hexadecimal length", "Invalid format on line 1 of table"),
            Map.entry("table length with a fraction", "Invalid format on line 1 of table"),
            // A number of sectors ends at 2^63 - 1. The kernel's wrap at 2^64, and it accepts the first two of these.
            Map.entry("linear offset 2^64", "linear: Invalid device sector"),
            Map.entry("linear offset 2^64+1", "linear: Invalid device sector"),
            Map.entry("linear offset 2^64-1", "linear: Invalid device sector"),
            Map.entry("linear offset 2^63", "linear: Invalid device sector"),
            // Lines are counted from 1, as editors and dmsetup do; the kernel counts these from 0.
            Map.entry(
                    "linear 512 and 4096 devices, seam inside a block",
                    "table line 2 (start sect 9 len 16) not aligned to h/w logical block size 4096"));

    /** A file is a device here: see {@link #aRegularFileIsADevice}. */
    private static final String FILE_RECORD = "linear device is a file";

    private static final GoldenRefusals REFUSALS = new GoldenRefusals(FILE, DIFFERENCES);

    static List<GoldenRecord> records() {
        return FILE.transcripts().stream()
                .filter(record -> !record.id().equals(FILE_RECORD))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("records")
    void malformedTablesAreRefusedWithAKernelsReason(GoldenRecord record) throws Exception {
        REFUSALS.check(record);
    }

    @Test
    void aRegularFileIsADevice(@TempDir Path folder) throws Exception {
        GoldenStep step = FILE.record(FILE_RECORD).steps().get(0);
        assertEquals(1, step.exitCode());
        Path file = Files.write(folder.resolve("disk.img"), new byte[100 * 512]);
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            String table = step.standardInput().replace("/init", file.toString());
            MappedDevice device = bed.deviceMapper().create("bad", table);
            assertEquals("device bad exists: " + table, GoldenRefusals.left(bed, device));
        }
    }
}
