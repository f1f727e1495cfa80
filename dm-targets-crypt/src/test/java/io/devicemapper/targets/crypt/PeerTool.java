package io.devicemapper.targets.crypt;

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

/** A program of another project, run to its end. A test that needs one which is not installed is skipped, and says so. */
final class PeerTool {
    private static final int SECONDS = 120;

    private PeerTool() {}

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

    /** How a program ended, and what it wrote. */
    record Result(List<String> command, int status, String output) {}

    /** Runs a program that must succeed; what it wrote. */
    static String run(Path folder, String program, String... arguments) throws IOException, InterruptedException {
        Result result = tryRun(folder, program, arguments);
        assertEquals(0, result.status(), () -> result.command() + ": " + result.output());
        return result.output();
    }

    /** Runs a program. */
    static Result tryRun(Path folder, String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(find(program)));
        command.addAll(List.of(arguments));
        Path log = Files.createTempFile(folder, "peer", ".log");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
            String output = Files.readString(log, StandardCharsets.UTF_8);
            assertTrue(ended, () -> command + " does not end: " + output);
            return new Result(command, process.exitValue(), output);
        } finally {
            process.destroyForcibly();
        }
    }
}
