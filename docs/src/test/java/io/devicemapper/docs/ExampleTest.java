package io.devicemapper.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The projects of third parties, the example and what the archetype makes, compile against this build and pass their tests. {@code .ci/tutorial} does the same by
 * the tutorial's commands.
 */
class ExampleTest {
    private static final String EXAMPLE = "examples/third-party-target/";
    private static final String ARCHETYPE = "dm-target-archetype/src/main/resources/archetype-resources/";

    @TempDir
    Path temp;

    @Test
    void theExamplePassesItsTests() throws Exception {
        Compilation compilation = compile(EXAMPLE, Function.identity());
        TestRun.passes(compilation, "com.example.rate.RateTargetTest", 10);
        TestRun.passes(compilation, "com.example.rate.LimitTest", 4);
    }

    @Test
    void whatTheArchetypeMakesPassesItsTests() throws Exception {
        Compilation compilation = compile(
                ARCHETYPE,
                template -> template.replace("${package}", "org.acme")
                        .replace("${className}", "AcmeTarget")
                        .replace("${targetName}", "acme"));
        TestRun.passes(compilation, "org.acme.AcmeTargetTest", 10);
    }

    /** The archetype's pom differs from the example's in names alone. */
    @Test
    void bothPomsAreTheSame() {
        String example = Repository.read(EXAMPLE + "pom.xml");
        String archetype = Repository.read(ARCHETYPE + "pom.xml")
                .replace("${groupId}", "com.example")
                .replace("${artifactId}", "dm-target-rate")
                .replace("${version}", "1.0.0")
                .replace("${dmVersion}", between("<dm.version>", "</dm.version>", example))
                .replace("The target ${targetName}", between("<description>", "</description>", example));
        assertEquals(example, archetype);
    }

    private Compilation compile(String project, Function<String, String> fill) throws Exception {
        Map<String, String> units = Stream.of("main", "test", "benchmark")
                .flatMap(kind -> Repository.sources(project + "src/" + kind + "/java").stream())
                .collect(Collectors.toMap(
                        source -> className(
                                fill.apply(source.getFileName().toString()), fill.apply(Repository.read(source))),
                        source -> fill.apply(Repository.read(source))));
        return Compilation.of(units, temp);
    }

    private static String className(String file, String source) {
        return between("package ", ";", source) + "."
                + file.replace("__className__", "AcmeTarget").replace(".java", "");
    }

    private static String between(String before, String after, String text) {
        int begin = text.indexOf(before) + before.length();
        return text.substring(begin, text.indexOf(after, begin));
    }
}
