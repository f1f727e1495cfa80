package io.devicemapper.targets.crypt;

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
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kernel, or dmsetup, refuses is refused with its reason, and what it accepts is accepted, but for what is listed here. */
class BadInputGoldenTest {
    private static final GoldenFile FILE = CryptRecord.load("bad-input.rec");
    private static final Pattern LOGGED =
            Pattern.compile("device-mapper: (?:table: 253:0|ioctl): (.*?)(?: \\(-E[A-Z]+\\))?");

    /** The records that we treat differently on purpose, with the reason that we refuse them for; docs/differences.md says why. */
    private static final Map<String, String> DIFFERENCES = Map.of(
            // Numbers of sectors end at 2^63 - 1, or 2^64 - 1 for the IV's offset. The kernel's wrap at 2^64.
            "crypt iv_offset 2^64", "crypt: Invalid iv_offset sector",
            "crypt start 2^64", "crypt: Invalid device sector");

    static List<GoldenRecord> records() {
        return Transcripts.of(FILE);
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
}
