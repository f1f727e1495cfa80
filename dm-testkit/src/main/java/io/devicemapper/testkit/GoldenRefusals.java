package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.TableView;
import io.devicemapper.target.StatusType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Compares what becomes of malformed tables with what a kernel, or dmsetup, said: each is refused with the same reason and leaves no device, or
 * accepted with the same table. A record has one {@code dmsetup create}; a second command may stand behind it in the same line.
 */
public final class GoldenRefusals {
    private static final Pattern LOGGED =
            Pattern.compile("device-mapper: (?:table: 253:0|ioctl): (.*?)(?: \\(-E[A-Z]+\\))?");

    private final GoldenFile file;
    private final Map<String, String> differences;

    /**
     * What to compare with.
     *
     * @param file the records
     * @param differences IDs of records that are refused on purpose for another reason than the kernel's, if it refuses them at all, and a part of
     *     the message that says so
     * @throws IllegalArgumentException if there is no record of such an ID
     */
    public GoldenRefusals(GoldenFile file, Map<String, String> differences) {
        this.file = Objects.requireNonNull(file, "file");
        this.differences = Map.copyOf(differences);
        differences.keySet().forEach(file::record);
    }

    /**
     * Creates a record's device.
     *
     * @throws AssertionError if what comes of it differs from the record, or from the difference given for it
     */
    public void check(GoldenRecord record) throws DmException {
        GoldenStep step = record.steps().get(0);
        String name = deviceName(step);
        String difference = differences.get(record.id());
        try (GoldenBed bed = new GoldenBed(file.devices())) {
            if (difference == null && step.exitCode() == 0) {
                MappedDevice device = bed.deviceMapper().create(name, step.standardInput());
                step.values("left").forEach(left -> assertEquals(left, left(bed, device)));
                return;
            }
            String reason = difference == null ? reason(step) : difference;
            DmException refusal =
                    assertThrows(DmException.class, () -> bed.deviceMapper().create(name, step.standardInput()));
            String found = refusal.getMessage();
            assertTrue(found.contains(reason), () -> "expected: " + reason + "\nfound: " + found);
            assertEquals(1, found.lines().count(), found);
            assertEquals(List.of(), bed.deviceMapper().devices(), "nothing is left of a refused device");
        }
    }

    private static String deviceName(GoldenStep step) {
        String name = step.words().get(2);
        return name.equals("''") ? "" : name;
    }

    /** A device in the words of a record's {@code left}. */
    public static String left(GoldenBed bed, MappedDevice device) {
        return "device " + device.name() + " exists: "
                + device.liveTable().stream()
                        .map(TableView::targets)
                        .flatMap(List::stream)
                        .map(target -> target.begin() + " " + target.len() + " " + target.typeName() + " "
                                + bed.inNumbers(target.status(StatusType.TABLE)))
                        .collect(Collectors.joining(" | "));
    }

    /** The kernel's reason, with numbers for names of devices; else dmsetup's. */
    private String reason(GoldenStep step) {
        return step.values("klog").stream()
                .filter(line -> !line.contains("alignment inconsistency"))
                .map(LOGGED::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .map(logged -> inNumbers(logged.group(1)))
                .orElseGet(() -> step.values("err").get(0).replaceFirst(" on stdin\\.$|\\.$", ""));
    }

    private String inNumbers(String reason) {
        String text = reason;
        for (GoldenDevice device : file.devices()) {
            text = text.replaceFirst("\\b" + device.name() + "\\b", device.number());
        }
        return text;
    }
}
