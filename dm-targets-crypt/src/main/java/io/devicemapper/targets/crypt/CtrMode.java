package io.devicemapper.targets.crypt;

/**
 * CTR: the plaintext XORed with the encrypted numbers that follow the IV, a big-endian number as long as a block. Never use it for a
 * disk: two versions of a sector under the same numbers give both away. It is here since the kernel has it.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38A">NIST SP 800-38A</a>
 */
final class CtrMode implements UnitCipher.Mode {
    private final BlockCipher cipher;
    private final int blockBytes;
    private final byte[] counter;
    private final byte[] counters = new byte[UnitCipher.MAX_UNIT_BYTES];

    CtrMode(BlockCipher cipher, int blockBytes) {
        this.cipher = cipher;
        this.blockBytes = blockBytes;
        this.counter = new byte[blockBytes];
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        System.arraycopy(ivs, ivOffset, counter, 0, blockBytes);
        for (int at = 0; at < length; at += blockBytes) {
            System.arraycopy(counter, 0, counters, at, blockBytes);
            for (int i = blockBytes - 1; i >= 0 && ++counter[i] == 0; i--) {
                // The carry goes on to the next byte.
            }
        }
        cipher.encrypt(counters, 0, out, 0, length);
        for (int i = 0; i < length; i++) {
            out[i] ^= in[i];
        }
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        encrypt(in, out, length, ivs, ivOffset);
    }
}
