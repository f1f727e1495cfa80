package io.devicemapper.targets.crypt;

/**
 * CBC: each block is XORed with the ciphertext before it, the first with the IV. To decrypt, all blocks of a unit go through the cipher at once.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38A">NIST SP 800-38A</a>
 */
final class CbcMode implements UnitCipher.Mode {
    private final BlockCipher cipher;
    private final int blockBytes;

    CbcMode(BlockCipher cipher, int blockBytes) {
        this.cipher = cipher;
        this.blockBytes = blockBytes;
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        cipher.encryptChained(in, out, length, ivs, ivOffset);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        cipher.decrypt(in, 0, out, 0, length);
        for (int i = 0; i < blockBytes; i++) {
            out[i] ^= ivs[ivOffset + i];
        }
        for (int i = blockBytes; i < length; i++) {
            out[i] ^= in[i - blockBytes];
        }
    }
}
