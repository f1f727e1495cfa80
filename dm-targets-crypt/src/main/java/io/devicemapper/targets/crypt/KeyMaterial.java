package io.devicemapper.targets.crypt;

import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * Bytes of a key: the only copy that we keep, or a range of it. Wiping it wipes all its ranges. A {@link SecretKey}, so that a JDK cipher
 * takes it without one more copy that stays behind. Prints nothing of itself.
 */
final class KeyMaterial implements SecretKey {
    private static final long serialVersionUID = 1L;

    private final transient byte[] bytes;
    private final int offset;
    private final int length;
    private final String algorithm;

    private KeyMaterial(byte[] bytes, int offset, int length, String algorithm) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
        this.algorithm = algorithm;
    }

    /** Takes the array over: it is used, and in the end filled with zeroes. */
    static KeyMaterial owning(byte[] bytes) {
        return new KeyMaterial(bytes, 0, bytes.length, "RAW");
    }

    /** A range of the same bytes, not a copy. */
    KeyMaterial slice(int from, int bytesLong) {
        if (from < 0 || bytesLong < 0 || from > length - bytesLong) {
            throw new IndexOutOfBoundsException(
                    "range " + from + "+" + bytesLong + " of a key of " + length + " bytes");
        }
        return new KeyMaterial(bytes, offset + from, bytesLong, algorithm);
    }

    /** The same bytes under the name that a JDK cipher expects, such as {@code AES}. */
    KeyMaterial as(String cipherAlgorithm) {
        return new KeyMaterial(bytes, offset, length, cipherAlgorithm);
    }

    /** Length in bytes. */
    int length() {
        return length;
    }

    /** Writes the bytes somewhere, which becomes the caller's to wipe. */
    void copyTo(byte[] target, int targetOffset) {
        System.arraycopy(bytes, offset, target, targetOffset, length);
    }

    /** Fills the bytes with zeroes, in the whole they are a range of too. */
    void wipe() {
        Arrays.fill(bytes, offset, offset + length, (byte) 0);
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** A copy, as the interface demands it; the JDK's ciphers wipe theirs. */
    @Override
    public byte[] getEncoded() {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return "KeyMaterial[" + length + " bytes]";
    }
}
