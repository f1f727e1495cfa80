package io.devicemapper.targets.crypt;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;

/**
 * A block cipher of the JDK, or of a security provider that takes its place: the JVM's intrinsics make it fast. Each of its uses has a JDK cipher of its
 * own, made when it is first needed, since each of these holds a copy of the key.
 */
final class JdkBlockCipher implements BlockCipher {
    private final String algorithm;
    private final int blockBytes;
    private final KeyMaterial key;
    private final byte[] lastChained;
    private Cipher encryption;
    private Cipher decryption;
    private Cipher chained;

    /**
     * A cipher.
     *
     * @param algorithm the JDK's name, such as {@code AES}
     * @param key of a length that the algorithm allows
     */
    JdkBlockCipher(String algorithm, int blockBytes, KeyMaterial key) {
        this.algorithm = algorithm;
        this.blockBytes = blockBytes;
        this.key = key.as(algorithm);
        this.lastChained = new byte[blockBytes];
    }

    private Cipher cipher(String mode, int direction, AlgorithmParameterSpec parameters) {
        try {
            Cipher cipher = Cipher.getInstance(algorithm + "/" + mode + "/NoPadding");
            cipher.init(direction, key, parameters);
            return cipher;
        } catch (GeneralSecurityException e) {
            // The cause stays out: what a provider says about a key that it refuses is not ours to vouch for.
            throw new IllegalStateException(
                    "no usable " + algorithm + " cipher: " + e.getClass().getSimpleName());
        }
    }

    @Override
    public void encrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        if (encryption == null) {
            encryption = cipher("ECB", Cipher.ENCRYPT_MODE, null);
        }
        update(encryption, input, inputOffset, output, outputOffset, length);
    }

    @Override
    public void decrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        if (decryption == null) {
            decryption = cipher("ECB", Cipher.DECRYPT_MODE, null);
        }
        update(decryption, input, inputOffset, output, outputOffset, length);
    }

    /**
     * The JDK's CBC takes a new IV only together with a new key schedule. So it goes on from the last block that it made, and what is
     * chained to that one is taken out of the first block, as the IV is put in.
     */
    @Override
    public void encryptChained(byte[] input, byte[] output, int length, byte[] ivs, int ivOffset) {
        if (chained == null) {
            chained = cipher("CBC", Cipher.ENCRYPT_MODE, new IvParameterSpec(lastChained));
        }
        for (int i = 0; i < blockBytes; i++) {
            input[i] ^= (byte) (ivs[ivOffset + i] ^ lastChained[i]);
        }
        update(chained, input, 0, output, 0, length);
        System.arraycopy(output, length - blockBytes, lastChained, 0, blockBytes);
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
