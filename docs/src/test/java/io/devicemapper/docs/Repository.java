package io.devicemapper.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of the repository that the tests are about. */
final class Repository {
    private static final Path TOP = findTop();

    private Repository() {}

    private static Path findTop() {
        Path here = Path.of("").toAbsolutePath();
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("dm-api")) && Files.exists(folder.resolve("README.md"))) {
                return folder;
            }
        }
        throw new IllegalStateException(here + " is in no checkout of the project");
    }

    static Path file(String path) {
        return TOP.resolve(path);
    }

    static String read(String path) {
        return read(file(path));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pages: the top folder's, those of docs, of each module, and of the examples. */
    static List<Path> pages() {
        try (Stream<Path> files = Files.walk(TOP, 3)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !TOP.relativize(file)
                            .toString()
                            .contains("target" + file.getFileSystem().getSeparator()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All sources under a folder. */
    static List<Path> sources(String folder) {
        try (Stream<Path> files = Files.walk(file(folder))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file's path from the top, for messages. */
    static String nameOf(Path file) {
        return TOP.relativize(file).toString();
    }
}
