package io.devicemapper.targets.crypt;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;

/** A block cipher of the JDK, or of a security provider that takes its place: the JVM's intrinsics make it fast. */
final class JdkBlockCipher implements BlockCipher {
    private final Cipher encryption;
    private final Cipher decryption;

    /**
     * Makes a cipher for each direction.
     *
     * @param algorithm the JDK's name, such as {@code AES}
     * @param key of a length that the algorithm allows
     */
    JdkBlockCipher(String algorithm, KeyMaterial key) {
        this.encryption = cipher(algorithm, Cipher.ENCRYPT_MODE, key);
        this.decryption = cipher(algorithm, Cipher.DECRYPT_MODE, key);
    }

    private static Cipher cipher(String algorithm, int mode, KeyMaterial key) {
        try {
            Cipher cipher = Cipher.getInstance(algorithm + "/ECB/NoPadding");
            cipher.init(mode, key.as(algorithm));
            return cipher;
        } catch (GeneralSecurityException e) {
            // The cause stays out: what a provider says about a key that it refuses is not ours to vouch for.
            throw new IllegalStateException(
                    "no usable " + algorithm + " cipher: " + e.getClass().getSimpleName());
        }
    }

    @Override
    public void encrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        update(encryption, input, inputOffset, output, outputOffset, length);
    }

    @Override
    public void decrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        update(decryption, input, inputOffset, output, outputOffset, length);
    }

    private static void update(
            Cipher cipher, byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        try {
            int done = cipher.update(input, inputOffset, length, output, outputOffset);
            if (done != length) {
                throw new IllegalStateException(cipher.getAlgorithm() + " did " + done + " of " + length + " bytes");
            }
        } catch (ShortBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
