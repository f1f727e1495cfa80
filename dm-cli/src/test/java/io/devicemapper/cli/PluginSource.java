package io.devicemapper.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The source of a plugin's only class, {@code Plugin}, which a test compiles and drops as a jar into a plugin folder. */
record PluginSource(String text) {
    /** A target {@code <dev> <start>} that maps linearly, and whose status says which version made it. */
    static PluginSource linear(String target, String version) {
        return new PluginSource("""
                import io.devicemapper.block.*;
                import io.devicemapper.target.*;
                public class Plugin implements TargetType<Object[]> {
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
                """.formatted(target, version.replace('.', ','), version));
    }

    /** The same with a piece of code replaced, which must be there. */
    PluginSource with(String code, String other) {
        assertTrue(text.contains(code), code);
        return new PluginSource(text.replace(code, other));
    }

    /** Compiles and packs it; the jar appears under its name as a whole, or replaces one. */
    Path drop(Path jar) throws IOException {
        Path work = Files.createTempDirectory("plugin");
        try {
            Path file = Files.writeString(work.resolve("Plugin.java"), text);
            compile(file, work);
            Path packed = work.resolve("packed");
            try (OutputStream out = Files.newOutputStream(packed);
                    JarOutputStream entries = new JarOutputStream(out)) {
                entries.putNextEntry(new JarEntry("META-INF/services/io.devicemapper.target.TargetType"));
                entries.write("Plugin".getBytes(StandardCharsets.UTF_8));
                try (Stream<Path> classes = Files.list(work)) {
                    for (Path each :
                            classes.filter(f -> f.toString().endsWith(".class")).toList()) {
                        entries.putNextEntry(new JarEntry(each.getFileName().toString()));
                        entries.write(Files.readAllBytes(each));
                    }
                }
            }
            return Files.move(packed, jar, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            DaemonBed.deleteFolder(work);
        }
    }

    private static void compile(Path source, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter output = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none", "-nowarn");
            boolean compiled = compiler.getTask(output, files, null, options, null, files.getJavaFileObjects(source))
                    .call();
            assertTrue(compiled, output::toString);
        }
    }
}
