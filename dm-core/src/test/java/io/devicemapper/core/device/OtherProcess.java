package io.devicemapper.core.device;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** A second JVM that opens a file and keeps it open until it is told to end. */
final class OtherProcess implements AutoCloseable {
    private static final String IF_AVAILABLE = "if-available";

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
        return start(file, mode, Boolean.toString(useNative), System.getProperty("java.class.path"));
    }

    /** With the system calls if they can be had, on a class path without JNA. */
    static OtherProcess openingWithoutJna(Path file) throws IOException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("jna"))
                .collect(Collectors.joining(File.pathSeparator));
        return start(file, "rw", IF_AVAILABLE, classPath);
    }

    private static OtherProcess start(Path file, String mode, String useNative, String classPath) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-cp");
        command.add(classPath);
        command.add(OtherProcess.class.getName());
        command.add(file.toString());
        command.add(mode);
        command.add(useNative);
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
        boolean useNative = args[2].equals(IF_AVAILABLE) ? NativeFile.AVAILABLE : Boolean.parseBoolean(args[2]);
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
