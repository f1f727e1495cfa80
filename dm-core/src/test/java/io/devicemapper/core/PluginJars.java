package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles plugins in a test and packs them into jars. */
final class PluginJars {
    static final String TARGET_SERVICE = "META-INF/services/io.devicemapper.target.TargetType";

    private final Path work;
    private int count;

    PluginJars(Path work) {
        this.work = work;
    }

    /** The source of a linear-like target, whose status says which version made it. */
    static String linear(String className, String target, String version) {
        return """
                import io.devicemapper.target.*;
                public class %s implements TargetType<Object[]> {
                  public String name() { return "%s"; }
                  public Version version() { return new Version(%s); }
                  public int apiLevel() { return DmApi.LEVEL; }
                  public Object[] ctr(DmTarget<Object[]> ti, TargetArgs args) throws TargetException {
                    return new Object[] {args.device("dev"), args.sector("start")};
                  }
                  public MapResult map(DmTarget<Object[]> ti, TargetBio bio) {
                    return bio.remap((DmDev) ti.state()[0], (Long) ti.state()[1] + bio.sector());
                  }
                  public String status(DmTarget<Object[]> ti, StatusType type) {
                    return type == StatusType.INFO ? "%s" : ti.devices().get(0).tableName() + " " + ti.state()[1];
                  }
                }
                """.formatted(className, target, version.replace('.', ','), version);
    }

    /** Compiles classes without a package, and packs them with further entries into a jar. */
    Path jar(Path jar, Map<String, String> sourcesByClass, Map<String, String> entries) throws IOException {
        return jar(jar, sourcesByClass, entries, content -> {});
    }

    /** As {@link #jar(Path, Map, Map)}, with a last change to the jar's content, from entry name to bytes. */
    Path jar(
            Path jar,
            Map<String, String> sourcesByClass,
            Map<String, String> entries,
            Consumer<Map<String, byte[]>> change)
            throws IOException {
        Path folder = Files.createDirectories(work.resolve("compiled-" + ++count));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        for (Map.Entry<String, String> source : sourcesByClass.entrySet()) {
            Path file = folder.resolve(source.getKey().replace('.', '/') + ".java");
            Files.createDirectories(file.getParent());
            Files.writeString(file, source.getValue());
        }
        if (!sourcesByClass.isEmpty()) {
            compile(folder, classes);
        }
        Map<String, byte[]> content = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                content.put(classes.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        entries.forEach((name, text) -> content.put(name, text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        change.accept(content);
        Path whole = work.resolve("packed-" + count);
        try (OutputStream out = Files.newOutputStream(whole);
                JarOutputStream packed = new JarOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : content.entrySet()) {
                packed.putNextEntry(new JarEntry(entry.getKey()));
                packed.write(entry.getValue());
                packed.closeEntry();
            }
        }
        return Files.move(whole, jar, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static void compile(Path folder, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter output = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.walk(folder)) {
            List<Path> all = sources.filter(f -> f.toString().endsWith(".java")).toList();
            Iterable<? extends JavaFileObject> units = files.getJavaFileObjectsFromPaths(all);
            boolean compiled = compiler.getTask(
                            output,
                            files,
                            null,
                            List.of(
                                    "-d",
                                    classes.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "-proc:none"),
                            null,
                            units)
                    .call();
            assertTrue(compiled, output::toString);
        }
    }
}
