package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;

/**
 * Encrypts runs of whole encryption units (512 to 4096 bytes each) under one key, each with an IV of its own: what the kernel calls a
 * skcipher, over many requests at once.
 *
 * <p>What implementations must do:
 *
 * <ul>
 *   <li>Work on many threads at once, without a lock and, once warm, without allocation: scratch and ciphers come from a
 *       {@link ScratchPool}.
 *   <li>Use absolute access alone; position, limit and byte order of a buffer are neither used nor changed. Buffers are heap, direct or
 *       read-only (the source).
 *   <li>Allow source and target to be the same buffer at the same position. They overlap in no other way.
 *   <li>Keep no copy of the key but what the JDK's ciphers need, and drop these in {@link #close}.
 * </ul>
 */
abstract class SectorCipher implements AutoCloseable {
    /** The usual length of an IV in bytes: one block of a 128-bit block cipher. */
    static final int IV_BYTES = 16;

    /** Length of an IV in bytes; 0 if this cipher takes none. */
    int ivBytes() {
        return IV_BYTES;
    }

    /** What does the work, in a few words for an operator who asks. */
    String description() {
        return "one unit after the other";
    }

    /**
     * Encrypts {@code length / unitBytes} units.
     *
     * @param source plaintext
     * @param sourcePosition its first byte
     * @param target takes the ciphertext
     * @param targetPosition its first byte
     * @param length bytes, a multiple of {@code unitBytes}
     * @param unitBytes bytes in a unit, a multiple of 512; where IVs are made by such a cipher, one block
     * @param ivs unit i uses {@link #ivBytes} bytes from {@code i * ivBytes()} on; unchanged; may be longer than needed
     */
    abstract void encrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs);

    /** Decrypts; as {@link #encrypt}. */
    abstract void decrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs);

    /** Drops ciphers and scratch. Nothing is being encrypted any more, and nothing may be afterwards. */
    @Override
    public abstract void close();
}
