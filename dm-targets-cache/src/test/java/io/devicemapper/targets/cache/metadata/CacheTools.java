package io.devicemapper.targets.cache.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.testkit.ModelDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The cache tools of thin-provisioning-tools; a test that needs one is skipped where it is missing. */
public final class CacheTools {
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/bin", "/sbin", "/usr/local/sbin");

    private CacheTools() {}

    /** What a tool did. */
    public record Outcome(int exit, String output) {}

    /** Runs a tool, whatever becomes of it. */
    public static Outcome tryRun(Path folder, String tool, String... arguments) throws IOException {
        Path path = FOLDERS.stream()
                .map(dir -> Path.of(dir, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(path != null, () -> tool + " is not installed (package thin-provisioning-tools)");
        List<String> command = new ArrayList<>(List.of(path.toString()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(1, TimeUnit.MINUTES), () -> tool + " does not end");
        } catch (InterruptedException e) {
            throw new IOException(tool + ": interrupted", e);
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    /** Runs a tool that must succeed, and returns what it printed. */
    public static String run(Path folder, String tool, String... arguments) throws IOException {
        Outcome outcome = tryRun(folder, tool, arguments);
        assertEquals(0, outcome.exit(), () -> tool + ": " + outcome.output());
        return outcome.output();
    }

    /** The content of a device, as a file. */
    public static Path file(Path folder, ModelDevice device) throws IOException {
        byte[] image = new byte[Math.toIntExact(device.sectors() * 512)];
        device.model().read(0, ByteBuffer.wrap(image));
        return Files.write(folder.resolve("meta.img"), image);
    }

    /** A device with the content of a file. */
    public static ModelDevice device(Path file) throws IOException {
        byte[] image = Files.readAllBytes(file);
        ModelDevice device = ModelDevice.create("meta", image.length / 512);
        device.model().write(0, ByteBuffer.wrap(image));
        return device;
    }
}
