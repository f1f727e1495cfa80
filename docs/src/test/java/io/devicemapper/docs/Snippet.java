package io.devicemapper.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of Java in a page.
 *
 * @param place file and line where it begins
 * @param code the lines
 */
record Snippet(String place, String code) {
    /** What a reader takes for granted. */
    private static final String IMPORTS = """
            import static java.nio.charset.StandardCharsets.UTF_8;
            import io.devicemapper.benchkit.*;
            import io.devicemapper.block.*;
            import io.devicemapper.core.*;
            import io.devicemapper.core.device.*;
            import io.devicemapper.nbd.server.*;
            import io.devicemapper.persistent.*;
            import io.devicemapper.target.*;
            import io.devicemapper.testkit.*;
            import java.net.*;
            import java.nio.ByteBuffer;
            import java.util.*;
            """;

    private static final Pattern TYPE =
            Pattern.compile("^(?:(?:public|final|abstract) )*(?:class|record|interface) (\\w+)", Pattern.MULTILINE);

    static List<Snippet> of(Path page) {
        List<Snippet> snippets = new ArrayList<>();
        String[] lines = Repository.read(page).split("\n", -1);
        int begin = -1;
        for (int i = 0; i < lines.length; i++) {
            if (begin < 0 && lines[i].equals("```java")) {
                begin = i + 1;
            } else if (begin >= 0 && lines[i].equals("```")) {
                String code = String.join("\n", List.of(lines).subList(begin, i)) + "\n";
                snippets.add(new Snippet(Repository.nameOf(page) + ":" + (begin + 1), code));
                begin = -1;
            }
        }
        return snippets;
    }

    /** The one block of a page that declares a class. */
    static Snippet declaring(String className, String page) {
        List<Snippet> found = of(Repository.file(page)).stream()
                .filter(snippet -> className.equals(snippet.declaredType()))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(page + " declares " + className + " " + found.size() + " times");
        }
        return found.get(0);
    }

    /** The class that it declares, null if it is not about a whole one. */
    String declaredType() {
        Matcher type = TYPE.matcher(code);
        return type.find() ? type.group(1) : null;
    }

    /** Whether a source has exactly these lines. */
    boolean isExcerptOf(String source) {
        return source.contains(code);
    }

    /** A compilation unit: a class as it is, statements inside a method {@code run} of a class {@code Statements}. */
    String unit() {
        if (declaredType() != null) {
            return IMPORTS + code;
        }
        return IMPORTS + "class Statements { static void run() throws Exception {\n" + code + "}}\n";
    }

    /** Name of the class in {@link #unit}. */
    String unitName() {
        return declaredType() == null ? "Statements" : declaredType();
    }

    /** Lines that are not blank. */
    long lines() {
        return code.lines().filter(line -> !line.isBlank()).count();
    }
}
