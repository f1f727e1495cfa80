package io.devicemapper.testkit.wrong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every mistake turns the rules red that docs/conformance.md names, and every rule is explained there. */
class MistakesTest {
    private static final Path GUIDE = Path.of("..", "docs", "conformance.md");

    /** A rule, and in italics whom it is for, if not for targets alone. */
    private static final Pattern RULE =
            Pattern.compile("^\\*\\*`([a-z]{3}\\d\\d)_\\w+`\\*\\*( \\*(Devices( too)?)\\*)?");

    private static final Pattern MISTAKE = Pattern.compile("^\\| ([A-Z]\\w+) \\| ([a-z0-9 ]+) \\|$");

    @Test
    void guideExplainsEachRule() throws IOException {
        Set<String> ofTargets = new TreeSet<>();
        Set<String> ofDevices = new TreeSet<>();
        for (String line : Files.readAllLines(GUIDE)) {
            Matcher rule = RULE.matcher(line);
            if (rule.find()) {
                if (!"Devices".equals(rule.group(3))) {
                    ofTargets.add(rule.group(1));
                }
                if (rule.group(3) != null) {
                    ofDevices.add(rule.group(1));
                }
            }
        }
        assertEquals(MistakenKit.TARGETS.rules(), ofTargets);
        assertEquals(MistakenKit.DEVICES.rules(), ofDevices);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRightTurnsNothingRed(MistakenKit kit) {
        assertEquals(Map.of(), kit.redRules(kit.right(), List.of()));
    }

    @TestFactory
    Stream<DynamicTest> eachMistakeIsCaught() throws IOException {
        Map<String, List<String>> table = new TreeMap<>();
        for (String line : Files.readAllLines(GUIDE)) {
            Matcher row = MISTAKE.matcher(line);
            if (row.find()) {
                table.put(row.group(1), List.of(row.group(2).split(" ")));
            }
        }
        Set<String> mistakes = new TreeSet<>();
        for (MistakenKit kit : MistakenKit.values()) {
            kit.mistakes().forEach(type -> mistakes.add(type.getSimpleName()));
        }
        assertEquals(mistakes, table.keySet());
        return Stream.of(MistakenKit.values())
                .flatMap(kit -> kit.mistakes().stream()
                        .map(type -> DynamicTest.dynamicTest(
                                type.getSimpleName(), () -> assertCaught(kit, type, table.get(type.getSimpleName())))));
    }

    private static void assertCaught(MistakenKit kit, Class<?> type, List<String> rules) {
        Set<String> red = kit.redRules(type, rules).keySet();
        assertTrue(red.containsAll(rules), () -> type.getSimpleName() + ": expected " + rules + " red, found " + red);
    }
}
