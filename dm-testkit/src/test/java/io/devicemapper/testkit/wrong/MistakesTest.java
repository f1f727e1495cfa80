package io.devicemapper.testkit.wrong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.target.TargetType;
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

/** Every mistake turns the rules red that docs/conformance.md names, and every rule is explained there. */
class MistakesTest {
    private static final Path GUIDE = Path.of("..", "docs", "conformance.md");
    private static final Pattern RULE = Pattern.compile("^\\*\\*`([a-z]{3}\\d\\d)_\\w+`\\*\\*");
    private static final Pattern MISTAKE = Pattern.compile("^\\| ([A-Z]\\w+) \\| ([a-z0-9 ]+) \\|$");

    @Test
    void guideExplainsEachRule() throws IOException {
        Set<String> explained = new TreeSet<>();
        for (String line : Files.readAllLines(GUIDE)) {
            Matcher rule = RULE.matcher(line);
            if (rule.find()) {
                explained.add(rule.group(1));
            }
        }
        assertEquals(new TreeSet<>(MistakenKit.rules()), explained);
    }

    @Test
    void rightTargetTurnsNothingRed() {
        assertEquals(Map.of(), MistakenKit.redRules(JoinTarget.class, List.of()));
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
        Set<String> mistakes =
                new TreeSet<>(Mistakes.all().stream().map(Class::getSimpleName).toList());
        assertEquals(mistakes, table.keySet());
        return Mistakes.all().stream()
                .map(type -> DynamicTest.dynamicTest(
                        type.getSimpleName(), () -> assertCaught(type, table.get(type.getSimpleName()))));
    }

    private static void assertCaught(Class<? extends TargetType<?>> type, List<String> rules) {
        Set<String> red = MistakenKit.redRules(type, rules).keySet();
        assertTrue(red.containsAll(rules), () -> type.getSimpleName() + ": expected " + rules + " red, found " + red);
    }
}
