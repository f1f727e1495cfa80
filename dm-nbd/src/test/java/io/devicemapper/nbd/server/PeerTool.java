package io.devicemapper.nbd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A program of another project, run to its end. A test that needs one which is not installed is skipped, and says so. */
final class PeerTool {
    private PeerTool() {}

    static void assume(String program) {
        boolean found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        Assumptions.assumeTrue(found, program + " is not installed");
    }

    /** Runs a program that must succeed; what it wrote. */
    static String run(String... command) throws IOException, InterruptedException {
        Result result = tryRun(command);
        assertEquals(0, result.status(), () -> List.of(command) + ": " + result.output());
        return result.output();
    }

    record Result(int status, String output) {}

    static Result tryRun(String... command) throws IOException, InterruptedException {
        assume(command[0]);
        Path log = Files.createTempFile("nbds", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try {
                boolean ended = process.waitFor(60, TimeUnit.SECONDS);
                String output = Files.readString(log, StandardCharsets.UTF_8);
                assertTrue(ended, () -> List.of(command) + " does not end: " + output);
                return new Result(process.exitValue(), output);
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.delete(log);
        }
    }
}
