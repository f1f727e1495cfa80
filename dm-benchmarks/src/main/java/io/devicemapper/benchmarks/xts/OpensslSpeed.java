package io.devicemapper.benchmarks.xts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code openssl speed}: what OpenSSL does with data units of a given length, one unit a call.
 *
 * @param unitBytes length of a unit
 * @param encryption bytes per nanosecond
 * @param decryption bytes per nanosecond
 */
record OpensslSpeed(int unitBytes, double encryption, double decryption) {
    private static final String CIPHER = "aes-256-xts";

    /** As {@code OpenSSL 3.0.19 27 Jan 2026}. */
    static String version() throws IOException, InterruptedException {
        return run(List.of("openssl", "version")).strip();
    }

    /** Measures both directions, for a second each. */
    static OpensslSpeed measure(int unitBytes) throws IOException, InterruptedException {
        return new OpensslSpeed(unitBytes, bytesPerNano(true, unitBytes), bytesPerNano(false, unitBytes));
    }

    /** The mean of this and another measurement of the same. */
    OpensslSpeed meanWith(OpensslSpeed other) {
        return new OpensslSpeed(unitBytes, (encryption + other.encryption) / 2, (decryption + other.decryption) / 2);
    }

    private static double bytesPerNano(boolean encrypts, int unitBytes) throws IOException, InterruptedException {
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
