package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The passes in plain Java, shaped for the JVM's compiler (C2): tweaks of two spans side by side, since each waits for the one before;
 * XOR in place from offset 0 on, the only form that the compiler turns into vector instructions, with a copy beside it.
 */
final class LongXtsPasses extends XtsPasses {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    @Override
    String name() {
        return "java";
    }

    @Override
    void before(
            XtsTweaks tweaks, int firstUnit, int unitBytes, byte[] input, int inputOffset, byte[] masked, int length) {
        long[] ofBlocks = tweaks.ofBlocks;
        firstOfSpans(tweaks.ofUnits, firstUnit, unitBytes, ofBlocks, length);
        int longs = length / Long.BYTES;
        int span = 0;
        for (; span + 2 * SPAN_LONGS <= longs; span += 2 * SPAN_LONGS) {
            expandTwo(ofBlocks, span);
        }
        if (span < longs) {
            expandOne(ofBlocks, span);
        }
        if (input != masked) {
            System.arraycopy(input, inputOffset, masked, 0, length);
        }
        xor(masked, ofBlocks, longs);
    }

    @Override
    void after(byte[] masked, XtsTweaks tweaks, byte[] output, int outputOffset, int length) {
        xor(masked, tweaks.ofBlocks, length / Long.BYTES);
        if (output != masked) {
            System.arraycopy(masked, 0, output, outputOffset, length);
        }
    }

    private static void firstOfSpans(byte[] ofUnits, int firstUnit, int unitBytes, long[] ofBlocks, int length) {
        int from = firstUnit * SectorCipher.IV_BYTES;
        int spansInUnit = unitBytes / SPAN_BYTES;
        int longs = length / Long.BYTES;
        for (int at = 0; at < longs; from += SectorCipher.IV_BYTES) {
            long low = (long) LONG.get(ofUnits, from);
            long high = (long) LONG.get(ofUnits, from + Long.BYTES);
            for (int span = 0; span < spansInUnit; span++) {
                ofBlocks[at] = low;
                ofBlocks[at + 1] = high;
                at += SPAN_LONGS;
                // The product of 32 bits with x^7 + x^2 + x + 1 fits into the lower half.
                long carry = high >>> (Long.SIZE - SPAN_BLOCKS);
                high = high << SPAN_BLOCKS | low >>> (Long.SIZE - SPAN_BLOCKS);
                low = low << SPAN_BLOCKS ^ carry ^ carry << 1 ^ carry << 2 ^ carry << 7;
            }
        }
    }

    private static void expandTwo(long[] tweaks, int begin) {
        long low = tweaks[begin];
        long high = tweaks[begin + 1];
        long otherLow = tweaks[begin + SPAN_LONGS];
        long otherHigh = tweaks[begin + SPAN_LONGS + 1];
        for (int i = begin + 2; i < begin + SPAN_LONGS; i += 2) {
            // Sums: a shift by one place would cost one more instruction each.
            long carry = high >> (Long.SIZE - 1) & REDUCTION;
            high = high + high + (low >>> (Long.SIZE - 1));
            low = low + low ^ carry;
            long otherCarry = otherHigh >> (Long.SIZE - 1) & REDUCTION;
            otherHigh = otherHigh + otherHigh + (otherLow >>> (Long.SIZE - 1));
            otherLow = otherLow + otherLow ^ otherCarry;
            tweaks[i] = low;
            tweaks[i + 1] = high;
            tweaks[i + SPAN_LONGS] = otherLow;
            tweaks[i + SPAN_LONGS + 1] = otherHigh;
        }
    }

    private static void expandOne(long[] tweaks, int begin) {
        long low = tweaks[begin];
        long high = tweaks[begin + 1];
        for (int i = begin + 2; i < begin + SPAN_LONGS; i += 2) {
            long carry = high >> (Long.SIZE - 1) & REDUCTION;
            high = high + high + (low >>> (Long.SIZE - 1));
            low = low + low ^ carry;
            tweaks[i] = low;
            tweaks[i + 1] = high;
        }
    }

    private static void xor(byte[] bytes, long[] mask, int longs) {
        for (int i = 0; i < longs; i++) {
            int at = i * Long.BYTES;
            LONG.set(bytes, at, (long) LONG.get(bytes, at) ^ mask[i]);
        }
    }
}
