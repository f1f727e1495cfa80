package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.testkit.GoldenFile;
import io.devicemapper.testkit.GoldenRecord;
import io.devicemapper.testkit.GoldenStep;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Sessions with dmsetup on a kernel, done again with {@code dm}. What the differences on purpose are is applied to what was printed
 * there; all else must be the same, blank by blank.
 */
class TranscriptTest {
    private static final String STATUS = "kernel-golden/status-basic.rec";
    private static final String BAD_INPUT = "kernel-golden/bad-input.rec";

    /** One is about a target of another module; the kernel looks at the size of devices too late for the other. */
    private static final Set<String> LEFT_OUT = Set.of(
            "commands: keyless reload of multipath over linear (immutable target types)",
            "commands: reload beyond the device, then live table is unchanged");

    private static DaemonBed bed(GoldenFile file) throws IOException, CliException {
        DeviceMapper.Builder mapper = DeviceMapper.builder();
        file.devices()
                .forEach(device ->
                        mapper.device(device.number(), RamDevice.create(device.number(), device.sectors() * 512)));
        return new DaemonBed(List.of(), mapper);
    }

    @Test
    void lsTreeDepsRenameSuspendLoad() throws Exception {
        GoldenFile file = GoldenFile.load(TranscriptTest.class, STATUS);
        try (DaemonBed bed = bed(file)) {
            for (GoldenStep step :
                    file.record("dmsetup ls, tree, deps, rename, suspend, load").steps()) {
                replay(bed, step);
            }
        }
    }

    @Test
    void whatTheKernelRefusesIsRefused() throws Exception {
        GoldenFile file = GoldenFile.load(TranscriptTest.class, BAD_INPUT);
        try (DaemonBed bed = bed(file)) {
            for (GoldenRecord record : file.records()) {
                if (record.id().startsWith("commands: ") && !LEFT_OUT.contains(record.id())) {
                    for (GoldenStep step : record.steps()) {
                        replay(bed, step);
                    }
                }
            }
        }
    }

    private static void replay(DaemonBed bed, GoldenStep step) {
        // A column of block device names has no value for a device without a node there.
        boolean withoutNode = step.values("err").stream().anyMatch(line -> line.startsWith("Could not resolve"));
        List<String> output = new ArrayList<>();
        DaemonBed.Result last = null;
        for (String command : step.text().split("; ", -1)) {
            String redirected = command.replace(" < /dev/mapper/u", "");
            boolean held = !redirected.equals(command);
            AutoCloseable opened = held ? open(bed, "u") : () -> {};
            try (opened) {
                last = bed.runWithInput(step.standardInput(), words(redirected));
            } catch (Exception e) {
                throw new AssertionError(step.toString(), e);
            }
            output.addAll(last.output().lines().toList());
        }
        int exitStatus = withoutNode ? 0 : step.exitCode();
        assertEquals(exitStatus, last.exitStatus(), step + ": " + last.errors());
        if (exitStatus == 0) {
            assertEquals("", last.errors(), step.toString());
        } else {
            assertTrue(last.errors().startsWith("dm: ") && last.errors().lines().count() == 1, last.errors());
        }
        List<String> expected = step.values("out").stream()
                .filter(line -> !line.startsWith("Read Ahead: "))
                .map(TranscriptTest::adaptOutput)
                .toList();
        if (withoutNode) {
            output.removeIf(line -> line.startsWith("no "));
        }
        assertEquals(String.join("\n", expected), String.join("\n", output), step.toString());
    }

    private static AutoCloseable open(DaemonBed bed, String device) {
        return bed.daemon().devices().stream()
                .filter(candidate -> candidate.name().equals(device))
                .findFirst()
                .map(found -> {
                    try {
                        return found.open("the test");
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                })
                .orElseThrow();
    }

    private static String[] words(String command) {
        String[] words = command.split(" ", -1);
        assertEquals("dmsetup", words[0]);
        return Arrays.copyOfRange(words, 1, words.length);
    }

    /** A device stands under the name in the table line, where the kernel has a number for it. */
    private static String adaptOutput(String line) {
        return line.replaceAll("(crypt \\S+ \\S+ 0) 253:0 0$", "$1 /dev/mapper/low 0")
                .replaceAll("linear 253:1 ", "linear /dev/mapper/cry ")
                .replaceAll("\\(7, (\\d)\\)", "(7:$1)")
                .replaceAll("\\(loop(\\d)\\)", "(7:$1)");
    }
}
