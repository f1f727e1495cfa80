package io.devicemapper.docs;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles sources in a test, and loads the classes. */
final class Compilation {
    private final Path classes;

    private Compilation(Path classes) {
        this.classes = classes;
    }

    /**
     * Compiles.
     *
     * @param units sources, by class name with its package
     * @param work an empty folder, or one where others of the same class path were compiled
     * @throws AssertionError if that fails
     */
    static Compilation of(Map<String, String> units, Path work) throws IOException {
        Path sources = Files.createDirectories(work.resolve("sources"));
        Path classes = Files.createDirectories(work.resolve("classes"));
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, String> unit : units.entrySet()) {
            Path file = sources.resolve(unit.getKey().replace('.', '/') + ".java");
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, unit.getValue()));
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter output = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            String classPath = System.getProperty("java.class.path");
            List<String> options =
                    List.of("-d", classes.toString(), "-cp", classPath, "-proc:none", "-Xlint:all,-path", "-Werror");
            boolean compiled = compiler.getTask(
                            output, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files))
                    .call();
            if (!compiled) {
                throw new AssertionError(units.keySet() + ":\n" + output);
            }
        }
        return new Compilation(classes);
    }

    /** A class loader for what was compiled. */
    URLClassLoader loader() throws IOException {
        return new URLClassLoader(new URL[] {classes.toUri().toURL()});
    }
}
