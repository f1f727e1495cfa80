package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;

/**
 * Encrypts and decrypts runs of units by the place that they have on the device: chooses key and IV for each unit, and does what a mode does beside its
 * cipher. Source and target may be the same buffer at the same position. Safe for use by several threads.
 */
abstract class CryptEngine implements AutoCloseable {
    /**
     * Encrypts.
     *
     * @param length bytes, a multiple of a unit
     * @param sector number of the first sector of 512 bytes, with the IV offset added to it; unsigned
     */
    abstract void encrypt(
            ByteBuffer source, int sourcePosition, ByteBuffer target, int targetPosition, int length, long sector);

    /** Decrypts; as {@link #encrypt}. */
    abstract void decrypt(
            ByteBuffer source, int sourcePosition, ByteBuffer target, int targetPosition, int length, long sector);

    /** See {@link SectorCipher#description}. */
    abstract String description();

    /** Drops ciphers and what was derived from the key. */
    @Override
    public abstract void close();
}
