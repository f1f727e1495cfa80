package io.devicemapper.benchmarks.opening;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How long a cache, all of whose blocks are in use, takes from the opening of its devices to the end of the first read: after a stop in good order, and after
 * its process was killed when it had just written to many of them. Each life has a JVM of its own, whose start does not count. The
 * files are sparse, and in the page cache.
 *
 * <pre>
 *     dm-benchmarks/cache-openings [ROUNDS [BLOCKS [WRITES]]]     5, 1048576 and 2000 by default
 * </pre>
 */
final class CacheOpenings {
    private static final String DEFAULT_ROUNDS = "5";
    private static final String DEFAULT_BLOCKS = "1048576";
    private static final String DEFAULT_WRITES = "2000";

    private final CacheFiles files;
    private final String writes;

    private CacheOpenings(CacheFiles files, String writes) {
        this.files = files;
        this.writes = writes;
    }

    /** What a life said: nanoseconds until its first read had ended, blocks that were in the cache then, and what it had marked in the end. */
    private record Life(long nanos, long residents, String marked) {}

    /** Measures and prints. */
    public static void main(String... args) throws IOException, InterruptedException {
        int rounds = Integer.parseInt(argument(args, 0, DEFAULT_ROUNDS));
        int blocks = Integer.parseInt(argument(args, 1, DEFAULT_BLOCKS));
        Path folder = Files.createTempDirectory("cache-openings");
        try {
            new CacheOpenings(new CacheFiles(folder, blocks), argument(args, 2, DEFAULT_WRITES)).run(rounds);
        } finally {
            delete(folder);
        }
    }

    private static String argument(String[] args, int index, String otherwise) {
        return args.length > index ? args[index] : otherwise;
    }

    private void run(int rounds) throws IOException, InterruptedException {
        files.fill();
        print("after dm meta restore", live(0, false));
        long[][] nanos = new long[2][rounds];
        for (int round = 0; round < rounds; round++) {
            // The first of these finds what a stop has left, and is killed; the second finds that, and is stopped.
            Life stopped = live(2 * round + 1, true);
            nanos[0][round] = stopped.nanos();
            print("after a stop", stopped);
            Life killed = live(2 * round + 2, false);
            nanos[1][round] = killed.nanos();
            print("after a kill", killed);
        }
        System.out.printf(
                Locale.ROOT,
                "median (least-most), ms: after a stop %s, after a kill %s%n",
                spread(nanos[0]),
                spread(nanos[1]));
    }

    private void print(String when, Life life) {
        System.out.printf(
                Locale.ROOT,
                "%-22s %6.0f ms, %d blocks, then marked %s%n",
                when,
                life.nanos() / 1e6,
                life.residents(),
                life.marked());
    }

    private static String spread(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "%.0f (%.0f-%.0f)",
                sorted[sorted.length / 2] / 1e6,
                sorted[0] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }

    private Life live(long seed, boolean kill) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CacheLife.class.getName(),
                        files.folder().toString(),
                        Integer.toString(files.blocks()),
                        writes,
                        Long.toString(seed)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String[] opened = said(said, CacheLife.OPENED);
            String[] ready = said(said, CacheLife.READY);
            if (!kill) {
                process.getOutputStream().close();
                process.waitFor();
            }
            return new Life(Long.parseLong(opened[1]), Long.parseLong(opened[2]), ready[2]);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static String[] said(BufferedReader from, String word) throws IOException {
        String line = from.readLine();
        if (line == null || !line.startsWith(word + " ")) {
            throw new IOException("the cache's process said '" + line + "' where it was to say '" + word + "'");
        }
        return line.split(" ", -1);
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("left behind: " + folder, e);
        }
    }
}
