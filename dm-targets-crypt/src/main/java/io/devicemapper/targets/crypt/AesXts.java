package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * AES-XTS apart from the target, for this project's benchmarks; nobody else sees this package. Safe for use by several threads until it
 * is closed.
 */
public final class AesXts implements AutoCloseable {
    private final KeyMaterial key;
    private final SectorCipher cipher;

    /**
     * AES-XTS on one of {@link #engines}.
     *
     * @param key 32, 48 or 64 bytes: data key, then tweak key; copied
     * @throws IllegalArgumentException if there is no such engine here
     */
    public AesXts(String engine, byte[] key) {
        this.key = KeyMaterial.owning(key.clone());
        this.cipher = XtsCiphers.aes(this.key, XtsEngines.named(engine));
    }

    /** The names of the engines that work in this JVM, the best one first. */
    public static List<String> engines() {
        return XtsEngines.available().stream().map(XtsPasses::name).toList();
    }

    /**
     * Encrypts whole units; positions, limits and byte orders of the buffers are neither used nor changed.
     *
     * @param source plaintext; may be {@code target}, at the same position
     * @param length bytes, a multiple of {@code unitBytes}
     * @param unitBytes bytes in a unit, a multiple of 512 up to 4096
     * @param ivs 16 bytes for each unit
     */
    public void encrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        cipher.encrypt(source, sourcePosition, target, targetPosition, length, unitBytes, ivs);
    }

    /** Decrypts whole units; as {@link #encrypt}. */
    public void decrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        cipher.decrypt(source, sourcePosition, target, targetPosition, length, unitBytes, ivs);
    }

    /** Wipes the key. */
    @Override
    public void close() {
        cipher.close();
        key.wipe();
    }
}
