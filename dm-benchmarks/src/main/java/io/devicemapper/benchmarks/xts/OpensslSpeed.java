package io.devicemapper.benchmarks.xts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code openssl speed}: what OpenSSL does with data units of a given length, one unit a call. */
final class OpensslSpeed {
    private static final String CIPHER = "aes-256-xts";

    private OpensslSpeed() {}

    /** As {@code OpenSSL 3.0.19 27 Jan 2026}. */
    static String version() throws IOException, InterruptedException {
        return run(List.of("openssl", "version")).strip();
    }

    /** Bytes per nanosecond. */
    static double measure(boolean encrypts, int unitBytes) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("openssl", "speed", "-mr", "-elapsed", "-seconds", "1", "-evp", CIPHER));
        command.addAll(List.of("-bytes", Integer.toString(unitBytes)));
        if (!encrypts) {
            command.add("-decrypt");
        }
        // The last line of the machine-readable output is +F:number:name:bytes per second.
        String output = run(command);
        String last = output.strip().substring(output.strip().lastIndexOf('\n') + 1);
        if (!last.startsWith("+F:")) {
            throw new IOException(String.join(" ", command) + " printed no result: " + output);
        }
        return Double.parseDouble(last.substring(last.lastIndexOf(':') + 1)) / 1e9;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": exit status " + process.exitValue());
        }
        return output;
    }
}
