package io.devicemapper.benchmarks.xts;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The Amazon Corretto Crypto Provider, which is AWS-LC behind JNI. Its XTS takes one data unit after an initialisation with its tweak,
 * and refuses the tweak of the unit before.
 */
final class AccpXts implements XtsSubject {
    private static final String PROVIDER_CLASS = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
    private static final int IV_BYTES = 16;

    private final SecretKeySpec key;
    private final Cipher cipher;
    private byte[] in = {};
    private byte[] out = {};

    AccpXts(byte[] key) throws GeneralSecurityException {
        this.key = new SecretKeySpec(key, "AES");
        this.cipher = newCipher();
    }

    static boolean isAvailable() {
        try {
            newCipher();
            return true;
        } catch (GeneralSecurityException | LinkageError e) {
            return false;
        }
    }

    private static Cipher newCipher() throws GeneralSecurityException {
        try {
            Provider provider = (Provider)
                    Class.forName(PROVIDER_CLASS).getField("INSTANCE").get(null);
            return Cipher.getInstance("AES/XTS/NoPadding", provider);
        } catch (ReflectiveOperationException e) {
            throw new GeneralSecurityException("no provider " + PROVIDER_CLASS, e);
        }
    }

    @Override
    public void encrypt(ByteBuffer source, ByteBuffer target, int length, int unitBytes, byte[] ivs)
            throws GeneralSecurityException {
        crypt(Cipher.ENCRYPT_MODE, source, target, length, unitBytes, ivs);
    }

    @Override
    public void decrypt(ByteBuffer buffer, int length, int unitBytes, byte[] ivs) throws GeneralSecurityException {
        crypt(Cipher.DECRYPT_MODE, buffer, buffer, length, unitBytes, ivs);
    }

    private void crypt(int mode, ByteBuffer source, ByteBuffer target, int length, int unitBytes, byte[] ivs)
            throws GeneralSecurityException {
        if (in.length < unitBytes) {
            in = new byte[unitBytes];
            out = new byte[unitBytes];
        }
        for (int at = 0; at < length; at += unitBytes) {
            cipher.init(mode, key, new IvParameterSpec(ivs, at / unitBytes * IV_BYTES, IV_BYTES));
            source.get(at, in, 0, unitBytes);
            cipher.doFinal(in, 0, unitBytes, out, 0);
            target.put(at, out, 0, unitBytes);
        }
    }
}
