package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TableView;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.GoldenBed;
import io.devicemapper.testkit.GoldenDevice;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kernel, or dmsetup, refuses is refused with its reason, and what it accepts is accepted, but for what is listed here. */
class BadInputGoldenTest {
    private static final GoldenFile FILE = Goldens.load("bad-input.rec");
    private static final Pattern LOGGED =
            Pattern.compile("device-mapper: (?:table: 253:0|ioctl): (.*?)(?: \\(-E[A-Z]+\\))?");

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

    static List<GoldenRecord> records() {
        return Goldens.transcripts(FILE).stream()
                .filter(record -> !record.id().equals(FILE_RECORD))
                .toList();
    }

    @Test
    void everyDifferenceIsAboutARecord() {
        DIFFERENCES.keySet().forEach(FILE::record);
    }

    @ParameterizedTest
    @MethodSource("records")
    void malformedTablesAreRefusedWithAKernelsReason(GoldenRecord record) throws Exception {
        GoldenStep step = record.steps().get(0);
        String name = deviceName(step);
        String difference = DIFFERENCES.get(record.id());
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            if (difference == null && step.exitCode() == 0) {
                MappedDevice device = bed.deviceMapper().create(name, step.standardInput());
                step.values("left").forEach(left -> assertEquals(left, left(bed, device)));
                return;
            }
            String reason = difference == null ? reason(step) : difference;
            DmException refusal =
                    assertThrows(DmException.class, () -> bed.deviceMapper().create(name, step.standardInput()));
            assertTrue(
                    refusal.getMessage().contains(reason),
                    () -> "expected: " + reason + "\nfound: " + refusal.getMessage());
            assertEquals(1, refusal.getMessage().lines().count(), refusal.getMessage());
            assertEquals(List.of(), bed.deviceMapper().devices(), "nothing is left of a refused device");
        }
    }

    /** {@code dmsetup create NAME}, perhaps with a second command behind it. */
    private static String deviceName(GoldenStep step) {
        String name = step.words().get(2);
        return name.equals("''") ? "" : name;
    }

    private static String left(GoldenBed bed, MappedDevice device) {
        return "device " + device.name() + " exists: "
                + device.liveTable().stream()
                        .map(TableView::targets)
                        .flatMap(List::stream)
                        .map(target -> target.begin() + " " + target.len() + " " + target.typeName() + " "
                                + bed.inNumbers(target.status(StatusType.TABLE)))
                        .collect(Collectors.joining(" | "));
    }

    /** The kernel's reason, with numbers for names of devices; else dmsetup's. */
    private static String reason(GoldenStep step) {
        return step.values("klog").stream()
                .filter(line -> !line.contains("alignment inconsistency"))
                .map(LOGGED::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .map(logged -> inNumbers(logged.group(1)))
                .orElseGet(() -> step.values("err").get(0).replaceFirst(" on stdin\\.$|\\.$", ""));
    }

    private static String inNumbers(String reason) {
        String text = reason;
        for (GoldenDevice device : FILE.devices()) {
            text = text.replaceFirst("\\b" + device.name() + "\\b", device.number());
        }
        return text;
    }

    @Test
    void aRegularFileIsADevice(@TempDir Path folder) throws Exception {
        GoldenStep step = FILE.record(FILE_RECORD).steps().get(0);
        assertEquals(1, step.exitCode());
        Path file = Files.write(folder.resolve("disk.img"), new byte[100 * 512]);
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            String table = step.standardInput().replace("/init", file.toString());
            MappedDevice device = bed.deviceMapper().create("bad", table);
            assertEquals("device bad exists: " + table, left(bed, device));
        }
    }
}
