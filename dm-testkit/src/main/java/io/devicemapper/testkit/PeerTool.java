package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A program of another project, run to its end: what a target reads and writes, judged by somebody else. A test that needs one which is not
 * installed is skipped, and says so.
 */
public final class PeerTool {
    /** Far longer than any of them takes on a loaded machine. */
    private static final int MAX_SECONDS = 120;

    private PeerTool() {}

    /**
     * How a program ended.
     *
     * @param command the program's file, and its arguments
     * @param status its exit status
     * @param output what it wrote, standard error included
     */
    public record Result(List<String> command, int status, String output) {}

    /**
     * Runs a program that must succeed.
     *
     * @param folder where it runs
     * @return what it wrote
     * @throws IOException if it cannot be started
     */
    public static String run(Path folder, String program, String... arguments)
            throws IOException, InterruptedException {
        Result result = tryRun(folder, program, arguments);
        assertEquals(0, result.status(), () -> result.command() + ": " + result.output());
        return result.output();
    }

    /** Runs a program, whatever its exit status. As {@link #run}. */
    public static Result tryRun(Path folder, String program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(find(program)));
        command.addAll(List.of(arguments));
        Path log = Files.createTempFile(folder, "peer", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try {
                boolean ended = process.waitFor(MAX_SECONDS, TimeUnit.SECONDS);
                String output = Files.readString(log, StandardCharsets.UTF_8);
                assertTrue(ended, () -> command + " does not end: " + output);
                return new Result(List.copyOf(command), process.exitValue(), output);
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.delete(log);
        }
    }

    /** Where a program is; administrators' folders need not be in a user's path. */
    private static String find(String program) {
        String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
        return Stream.of(path.split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseGet(() -> Assumptions.abort(program + " is not installed"));
    }
}
