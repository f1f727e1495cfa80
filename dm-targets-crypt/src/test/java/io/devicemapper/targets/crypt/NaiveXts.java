package io.devicemapper.targets.crypt;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** AES-XTS as the standard's text has it, block by block, with tweaks as integers: slow, and nothing shared with what it checks. */
final class NaiveXts {
    private static final int BLOCK_BYTES = 16;
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128).or(BigInteger.valueOf(0x87));

    private final byte[] dataKey;
    private final byte[] tweakKey;

    NaiveXts(byte[] key) {
        this.dataKey = Arrays.copyOfRange(key, 0, key.length / 2);
        this.tweakKey = Arrays.copyOfRange(key, key.length / 2, key.length);
    }

    byte[] encrypt(byte[] plaintext, int unitBytes, byte[] ivs) {
        return crypt(Cipher.ENCRYPT_MODE, plaintext, unitBytes, ivs);
    }

    byte[] decrypt(byte[] ciphertext, int unitBytes, byte[] ivs) {
        return crypt(Cipher.DECRYPT_MODE, ciphertext, unitBytes, ivs);
    }

    private byte[] crypt(int mode, byte[] data, int unitBytes, byte[] ivs) {
        try {
            Cipher cipher = ecb(mode, dataKey);
            Cipher tweakCipher = ecb(Cipher.ENCRYPT_MODE, tweakKey);
            byte[] result = new byte[data.length];
            BigInteger tweak = BigInteger.ZERO;
            for (int at = 0; at < data.length; at += BLOCK_BYTES) {
                if (at % unitBytes == 0) {
                    tweak = fromLittleEndian(tweakCipher.doFinal(ivs, at / unitBytes * BLOCK_BYTES, BLOCK_BYTES));
                }
                byte[] mask = toLittleEndian(tweak);
                byte[] block = xor(Arrays.copyOfRange(data, at, at + BLOCK_BYTES), mask);
                System.arraycopy(xor(cipher.doFinal(block), mask), 0, result, at, BLOCK_BYTES);
                tweak = tweak.shiftLeft(1);
                if (tweak.testBit(128)) {
                    tweak = tweak.xor(MODULUS);
                }
            }
            return result;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Cipher ecb(int mode, byte[] key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"));
        return cipher;
    }

    private static BigInteger fromLittleEndian(byte[] bytes) {
        return new BigInteger(1, reversed(bytes));
    }

    private static byte[] toLittleEndian(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] block = new byte[BLOCK_BYTES];
        for (int i = 0; i < BLOCK_BYTES && i < bytes.length; i++) {
            block[i] = bytes[bytes.length - 1 - i];
        }
        return block;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }

    private static byte[] xor(byte[] a, byte[] b) {
        byte[] result = new byte[a.length];
        for (int i = 0; i < a.length; i++) {
            result[i] = (byte) (a[i] ^ b[i]);
        }
        return result;
    }
}
