package io.devicemapper.targets.crypt;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The digests that ESSIV can make a key with, by their names in the kernel's crypto API. */
enum Digest {
    /** RFC 1321. */
    MD5("MD5", 16),
    /** FIPS 180-4. */
    SHA1("SHA-1", 20),
    /** FIPS 180-4. */
    SHA224("SHA-224", 28),
    /** FIPS 180-4. */
    SHA256("SHA-256", 32),
    /** FIPS 180-4. */
    SHA384("SHA-384", 48),
    /** FIPS 180-4. */
    SHA512("SHA-512", 64),
    /** FIPS 202. */
    SHA3_224("SHA3-224", 28),
    /** FIPS 202. */
    SHA3_256("SHA3-256", 32),
    /** FIPS 202. */
    SHA3_384("SHA3-384", 48),
    /** FIPS 202. */
    SHA3_512("SHA3-512", 64);

    private final String jdkName;
    private final int bytes;

    Digest(String jdkName, int bytes) {
        this.jdkName = jdkName;
        this.bytes = bytes;
    }

    static Optional<Digest> named(String name) {
        return Arrays.stream(values())
                .filter(digest ->
                        digest.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name))
                .findFirst();
    }

    /** Length in bytes. */
    int bytes() {
        return bytes;
    }

    /** The digest of a key. */
    KeyMaterial of(KeyMaterial key) {
        byte[] clear = key.getEncoded();
        try {
            return KeyMaterial.owning(MessageDigest.getInstance(jdkName).digest(clear));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no " + jdkName, e);
        } finally {
            Arrays.fill(clear, (byte) 0);
        }
    }
}
