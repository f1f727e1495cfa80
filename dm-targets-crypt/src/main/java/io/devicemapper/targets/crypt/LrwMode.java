package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * LRW over a block cipher of 16-byte blocks: {@code C = E(P xor T) xor T}, where the tweak of block j of a unit is {@code T = K2 * (IV + j)} in
 * GF(2^128) modulo x^128 + x^7 + x^2 + x + 1; IV and tweak are big-endian numbers, the bit of value 1 standing for x^0. From one tweak to the next only as many
 * low bits of the number change as end in ones, and the products of those are in a table.
 *
 * @see <a href="https://grouper.ieee.org/groups/1619/email/pdf00017.pdf">IEEE P1619, draft of LRW-AES</a>
 */
final class LrwMode implements UnitCipher.Mode {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int BLOCK_BYTES = 16;
    private static final int BITS = 128;

    /** What is left over at the top comes back in at the bottom as this. */
    private static final long REDUCTION = 0x87;

    private final BlockCipher cipher;
    private final byte[] tweaks = new byte[UnitCipher.MAX_UNIT_BYTES];

    /** K2 times x^i, high and low half. */
    private final long[] powersHigh = new long[BITS];

    private final long[] powersLow = new long[BITS];

    /** K2 times x^0 + ... + x^i: by this the product grows when the number carries into bit i. */
    private final long[] carriesHigh = new long[BITS];

    private final long[] carriesLow = new long[BITS];

    private LrwMode(BlockCipher cipher, KeyMaterial tweakKey) {
        this.cipher = cipher;
        byte[] clear = tweakKey.getEncoded();
        long high = (long) LONG.get(clear, 0);
        long low = (long) LONG.get(clear, Long.BYTES);
        Arrays.fill(clear, (byte) 0);
        long sumHigh = 0;
        long sumLow = 0;
        for (int i = 0; i < BITS; i++) {
            powersHigh[i] = high;
            powersLow[i] = low;
            sumHigh ^= high;
            sumLow ^= low;
            carriesHigh[i] = sumHigh;
            carriesLow[i] = sumLow;
            long carry = (high >> (Long.SIZE - 1)) & REDUCTION;
            high = high << 1 | low >>> (Long.SIZE - 1);
            low = low << 1 ^ carry;
        }
    }

    /** A cipher whose key ends in 16 bytes for the tweaks. */
    static SectorCipher cipher(BlockAlgorithm block, KeyMaterial key) {
        KeyMaterial dataKey = key.slice(0, key.length() - BLOCK_BYTES);
        KeyMaterial tweakKey = key.slice(key.length() - BLOCK_BYTES, BLOCK_BYTES);
        return new UnitCipher(BLOCK_BYTES, () -> new LrwMode(block.create(dataKey), tweakKey));
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        makeTweaks(length, ivs, ivOffset);
        xor(in, length);
        cipher.encrypt(in, 0, out, 0, length);
        xor(out, length);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        makeTweaks(length, ivs, ivOffset);
        xor(in, length);
        cipher.decrypt(in, 0, out, 0, length);
        xor(out, length);
    }

    private void makeTweaks(int length, byte[] ivs, int ivOffset) {
        long numberHigh = (long) LONG.get(ivs, ivOffset);
        long numberLow = (long) LONG.get(ivs, ivOffset + Long.BYTES);
        long high = 0;
        long low = 0;
        for (int i = 0; i < BITS; i++) {
            long word = i < Long.SIZE ? numberLow : numberHigh;
            long mask = -(word >>> i & 1);
            high ^= powersHigh[i] & mask;
            low ^= powersLow[i] & mask;
        }
        for (int at = 0; at < length; at += BLOCK_BYTES) {
            LONG.set(tweaks, at, high);
            LONG.set(tweaks, at + Long.BYTES, low);
            int bit = Long.numberOfTrailingZeros(~numberLow);
            if (bit == Long.SIZE) {
                bit += Math.min(Long.numberOfTrailingZeros(~numberHigh), Long.SIZE - 1);
                numberHigh++;
            }
            numberLow++;
            high ^= carriesHigh[bit];
            low ^= carriesLow[bit];
        }
    }

    private void xor(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            bytes[i] ^= tweaks[i];
        }
    }
}
