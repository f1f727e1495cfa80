package io.devicemapper.core.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A second JVM that opens a file and keeps it open until it is told to end. */
final class OtherProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private OtherProcess(List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** @param mode ro or rw */
    static OtherProcess opening(Path file, String mode, boolean useNative) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(OtherProcess.class.getName());
        command.add(file.toString());
        command.add(mode);
        command.add(Boolean.toString(useNative));
        return new OtherProcess(command);
    }

    long pid() {
        return process.pid();
    }

    /** {@code open}, or why it could not be opened. */
    String answer() throws IOException {
        return output.readLine();
    }

    /** Makes it end, and waits for that. */
    void end() throws IOException {
        process.getOutputStream().close();
        try {
            process.onExit().get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new AssertionError("the other process did not end", e);
        }
    }

    @Override
    public void close() throws IOException {
        end();
    }

    /** Opens the file, says how that went, and ends with standard input. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        boolean useNative = Boolean.parseBoolean(args[2]);
        FileOptions options = FileOptions.DEFAULT.withReadOnly(args[1].equals("ro"));
        try (FileDevice device = FileDevice.open(file.toString(), file, options, new FileLocks(useNative), useNative)) {
            System.out.println("open");
            while (System.in.read() >= 0) {
                // Only the end of the input counts.
            }
            device.flush();
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }
}
