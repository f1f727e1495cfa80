package io.devicemapper.targets.crypt;

import java.util.Arrays;
import org.bouncycastle.crypto.params.KeyParameter;

/** A block cipher of Bouncy Castle, block by block. */
final class BouncyBlockCipher implements BlockCipher {
    private final org.bouncycastle.crypto.BlockCipher encryption;
    private final org.bouncycastle.crypto.BlockCipher decryption;
    private final int blockBytes;

    BouncyBlockCipher(
            org.bouncycastle.crypto.BlockCipher encryption,
            org.bouncycastle.crypto.BlockCipher decryption,
            KeyMaterial key) {
        this.encryption = encryption;
        this.decryption = decryption;
        byte[] clear = key.getEncoded();
        KeyParameter parameter = new KeyParameter(clear);
        Arrays.fill(clear, (byte) 0);
        encryption.init(true, parameter);
        decryption.init(false, parameter);
        Arrays.fill(parameter.getKey(), (byte) 0);
        blockBytes = encryption.getBlockSize();
    }

    @Override
    public void encrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        for (int at = 0; at < length; at += blockBytes) {
            encryption.processBlock(input, inputOffset + at, output, outputOffset + at);
        }
    }

    @Override
    public void decrypt(byte[] input, int inputOffset, byte[] output, int outputOffset, int length) {
        for (int at = 0; at < length; at += blockBytes) {
            decryption.processBlock(input, inputOffset + at, output, outputOffset + at);
        }
    }

    @Override
    public void encryptChained(byte[] input, byte[] output, int length, byte[] ivs, int ivOffset) {
        for (int at = 0; at < length; at += blockBytes) {
            byte[] before = at == 0 ? ivs : output;
            int beforeOffset = at == 0 ? ivOffset : at - blockBytes;
            for (int i = 0; i < blockBytes; i++) {
                input[at + i] ^= before[beforeOffset + i];
            }
            encryption.processBlock(input, at, output, at);
        }
    }
}
