package io.devicemapper.benchmarks.xts;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.params.KeyParameter;

/** Bouncy Castle has no XTS, but it has AES: XTS block by block around it, as its own modes are written. */
final class BouncyCastleXts implements XtsSubject {
    private static final int BLOCK_BYTES = 16;
    private static final long REDUCTION = 0x87;

    private final BlockCipher encryption;
    private final BlockCipher decryption;
    private final BlockCipher tweakCipher;
    private final byte[] block = new byte[BLOCK_BYTES];
    private final ByteBuffer blockLongs = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);

    BouncyCastleXts(byte[] key) {
        int half = key.length / 2;
        this.encryption = aes(true, Arrays.copyOf(key, half));
        this.decryption = aes(false, Arrays.copyOf(key, half));
        this.tweakCipher = aes(true, Arrays.copyOfRange(key, half, key.length));
    }

    private static BlockCipher aes(boolean encrypts, byte[] key) {
        BlockCipher cipher = AESEngine.newInstance();
        cipher.init(encrypts, new KeyParameter(key));
        return cipher;
    }

    @Override
    public void encrypt(ByteBuffer source, ByteBuffer target, int length, int unitBytes, byte[] ivs) {
        crypt(encryption, source, target, length, unitBytes, ivs);
    }

    @Override
    public void decrypt(ByteBuffer buffer, int length, int unitBytes, byte[] ivs) {
        crypt(decryption, buffer, buffer, length, unitBytes, ivs);
    }

    private void crypt(
            BlockCipher cipher, ByteBuffer source, ByteBuffer target, int length, int unitBytes, byte[] ivs) {
        for (int unit = 0; unit < length / unitBytes; unit++) {
            tweakCipher.processBlock(ivs, unit * BLOCK_BYTES, block, 0);
            long low = blockLongs.getLong(0);
            long high = blockLongs.getLong(Long.BYTES);
            for (int at = unit * unitBytes; at < (unit + 1) * unitBytes; at += BLOCK_BYTES) {
                source.get(at, block);
                mask(low, high);
                cipher.processBlock(block, 0, block, 0);
                mask(low, high);
                target.put(at, block);
                long carry = (high >> (Long.SIZE - 1)) & REDUCTION;
                high = (high << 1) | (low >>> (Long.SIZE - 1));
                low = (low << 1) ^ carry;
            }
        }
    }

    private void mask(long low, long high) {
        blockLongs.putLong(0, blockLongs.getLong(0) ^ low);
        blockLongs.putLong(Long.BYTES, blockLongs.getLong(Long.BYTES) ^ high);
    }
}
