package io.devicemapper.targets.crypt;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * Keys of type {@code env}: an environment variable of the daemon that holds hexadecimal digits. The JVM keeps its environment as long as it
 * lives, whatever becomes of the key: for tests and for machines that nobody else is on.
 */
public final class EnvironmentKeyProvider implements KeyProvider {
    private final UnaryOperator<String> environment;

    /** For the {@link java.util.ServiceLoader}. */
    public EnvironmentKeyProvider() {
        this(System::getenv);
    }

    EnvironmentKeyProvider(UnaryOperator<String> environment) {
        this.environment = environment;
    }

    @Override
    public String type() {
        return "env";
    }

    @Override
    public int apiLevel() {
        return DmApi.LEVEL;
    }

    @Override
    public byte[] key(String description, int bytes) throws IOException {
        String digits = environment.apply(description);
        if (digits == null) {
            throw new IOException("environment variable " + description + ": not set");
        }
        if (digits.length() != 2L * bytes) {
            throw new IOException("environment variable " + description + ": expected " + 2L * bytes
                    + " hexadecimal digits, found " + digits.length() + " characters");
        }
        byte[] key = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            int high = Character.digit(digits.charAt(2 * i), 16);
            int low = Character.digit(digits.charAt(2 * i + 1), 16);
            if (high < 0 || low < 0) {
                throw new IOException("environment variable " + description + ": expected hexadecimal digits alone");
            }
            key[i] = (byte) (high << 4 | low);
        }
        return key;
    }
}
