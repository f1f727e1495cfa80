package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XTS over any block cipher of 16-byte blocks: {@code C = E1(P xor T) xor T}, where a unit's first tweak is {@code T = E2(IV)} and each
 * further one {@code T * x} in GF(2^128) modulo x^128 + x^7 + x^2 + x + 1, bytes in little-endian order. A unit is a multiple of a block,
 * so no ciphertext is stolen.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38E">NIST SP 800-38E</a>
 */
final class XtsMode implements UnitCipher.Mode {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK_BYTES = 16;

    /** What is left over at the top comes back in at the bottom as this. */
    private static final long REDUCTION = 0x87;

    private final BlockCipher data;
    private final BlockCipher tweak;
    private final byte[] firstTweak = new byte[BLOCK_BYTES];
    private final byte[] tweaks = new byte[UnitCipher.MAX_UNIT_BYTES];

    /** A cipher with the first half of the key for the data and the second half for the tweaks. */
    static SectorCipher cipher(BlockAlgorithm block, KeyMaterial key) {
        int half = key.length() / 2;
        KeyMaterial dataKey = key.slice(0, half);
        KeyMaterial tweakKey = key.slice(half, half);
        return new UnitCipher(BLOCK_BYTES, () -> new XtsMode(block.create(dataKey), block.create(tweakKey)));
    }

    XtsMode(BlockCipher data, BlockCipher tweak) {
        this.data = data;
        this.tweak = tweak;
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        makeTweaks(length, ivs, ivOffset);
        xor(in, length);
        data.encrypt(in, 0, out, 0, length);
        xor(out, length);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        makeTweaks(length, ivs, ivOffset);
        xor(in, length);
        data.decrypt(in, 0, out, 0, length);
        xor(out, length);
    }

    private void makeTweaks(int length, byte[] ivs, int ivOffset) {
        tweak.encrypt(ivs, ivOffset, firstTweak, 0, BLOCK_BYTES);
        long low = (long) LONG.get(firstTweak, 0);
        long high = (long) LONG.get(firstTweak, Long.BYTES);
        for (int at = 0; at < length; at += BLOCK_BYTES) {
            LONG.set(tweaks, at, low);
            LONG.set(tweaks, at + Long.BYTES, high);
            long carry = (high >> (Long.SIZE - 1)) & REDUCTION;
            high = high << 1 | low >>> (Long.SIZE - 1);
            low = low << 1 ^ carry;
        }
    }

    private void xor(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            bytes[i] ^= tweaks[i];
        }
    }
}
