package io.devicemapper.targets.crypt;

import java.util.Set;

/** Whether Bouncy Castle is there: an optional module, of which nothing is loaded before a table names one of its ciphers. */
final class BouncyCastle {
    /** What comes from there. */
    static final Set<String> CIPHERS = Set.of("serpent", "twofish", "camellia", "cast5", "cast6");

    private static final String ANY_CLASS = "org.bouncycastle.crypto.BlockCipher";

    private BouncyCastle() {}

    /** Whether a loader finds it. */
    static boolean isPresent(ClassLoader loader) {
        try {
            Class.forName(ANY_CLASS, false, loader);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Whether this module finds it. */
    static boolean isPresent() {
        return isPresent(BouncyCastle.class.getClassLoader());
    }

    /** Whether a cipher in this name cannot be had for want of it. */
    static boolean isMissingFor(AlgorithmName name) {
        return CIPHERS.contains(name.name())
                ? !isPresent()
                : name.arguments().stream().anyMatch(BouncyCastle::isMissingFor);
    }
}
