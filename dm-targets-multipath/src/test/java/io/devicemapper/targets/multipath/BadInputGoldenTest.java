package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TargetView;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kernel refuses is refused with its reason, and what it accepts is accepted, but for what is listed here. */
class BadInputGoldenTest {
    private static final GoldenFile FILE = Goldens.load("bad-input.rec");
    private static final Pattern LOGGED =
            Pattern.compile("device-mapper: (?:table: 253:0|ioctl): (.*?)(?: \\(-E[A-Z]+\\))?");

    /** The records that we treat differently on purpose, with the reason that we refuse them for; docs/differences.md says why. */
    private static final Map<String, String> DIFFERENCES = Map.of(
            // A number that does not fit is refused as such, and does not become another one.
            "multipath group count 2^32", "multipath: invalid number of priority groups");

    static List<GoldenRecord> records() {
        return Goldens.transcripts(FILE);
    }

    @Test
    void everyDifferenceIsAboutARecord() {
        DIFFERENCES.keySet().forEach(FILE::record);
    }

    @ParameterizedTest
    @MethodSource("records")
    void malformedTablesAreRefusedWithAKernelsReason(GoldenRecord record) throws Exception {
        GoldenStep step = record.steps().get(0);
        String difference = DIFFERENCES.get(record.id());
        try (GoldenBed bed = new GoldenBed(FILE.devices())) {
            if (difference == null && step.exitCode() == 0) {
                MappedDevice device = bed.deviceMapper().create("bad", step.standardInput());
                assertEquals(step.value("left"), left(bed, device));
                return;
            }
            String reason = difference == null ? reason(step) : difference;
            DmException refusal =
                    assertThrows(DmException.class, () -> bed.deviceMapper().create("bad", step.standardInput()));
            assertTrue(
                    refusal.getMessage().contains(reason),
                    () -> "expected: " + reason + "\nfound: " + refusal.getMessage());
            assertEquals(1, refusal.getMessage().lines().count(), refusal.getMessage());
            assertEquals(List.of(), bed.deviceMapper().devices(), "nothing is left of a refused device");
        }
    }

    private static String left(GoldenBed bed, MappedDevice device) {
        TargetView target = device.liveTable().orElseThrow().targets().get(0);
        return "device bad exists: " + target.begin() + " " + target.len() + " " + target.typeName() + " "
                + bed.inNumbers(target.status(StatusType.TABLE));
    }

    /** The kernel's reason, with numbers for names of devices. */
    private static String reason(GoldenStep step) {
        return step.values("klog").stream()
                .map(LOGGED::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .map(logged -> inNumbers(logged.group(1)))
                .orElseThrow();
    }

    private static String inNumbers(String reason) {
        String text = reason;
        for (GoldenDevice device : FILE.devices()) {
            text = text.replaceFirst("\\b" + device.name() + "\\b", device.number());
        }
        return text;
    }
}
