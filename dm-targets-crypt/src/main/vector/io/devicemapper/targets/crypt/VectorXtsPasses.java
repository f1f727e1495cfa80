package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The passes on vectors of 512 bits, four tweaks in each. No tweak of a span waits for another than its first: with that being {@code (low, high)}, the
 * one j places further on, j being less than 58, is
 *
 * <pre>
 * high' = high &lt;&lt; j | low &gt;&gt;&gt; (64 - j)
 * low'  = low &lt;&lt; j ^ c ^ c &lt;&lt; 1 ^ c &lt;&lt; 2 ^ c &lt;&lt; 7      where c = high &gt;&gt;&gt; (64 - j)
 * </pre>
 *
 * <p>So the first vector has the first tweak shifted by 0, 1, 2 and 3 places, each other has the first vector shifted by a multiple of 4. To
 * double is to add, which more of a processor's units do than shift.
 *
 * <p>Uses what the module jdk.incubator.vector has had in every release from 17 on, so that one class serves all of them. {@link
 * XtsEngines} finds it by name, where the JVM has the module.
 */
final class VectorXtsPasses extends XtsPasses {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_512;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final int VECTOR_BYTES = BYTES.length();
    private static final int VECTOR_LONGS = LONGS.length();

    /** Tweaks in a vector. */
    private static final int VECTOR_BLOCKS = VECTOR_BYTES / SectorCipher.IV_BYTES;

    /** Exchanges the halves of each tweak. */
    private static final VectorShuffle<Long> OTHER_HALVES = VectorShuffle.fromValues(LONGS, 1, 0, 3, 2, 5, 4, 7, 6);

    /** For each long of the first vector the j of its tweak, and 63 - j. */
    private static final long[] PLACES = {0, 0, 1, 1, 2, 2, 3, 3};

    private static final long[] OTHER_PLACES = {63, 63, 62, 62, 61, 61, 60, 60};

    /** Ones where a vector holds the lower half of a tweak. */
    private static final long[] LOW_HALVES = {-1, 0, -1, 0, -1, 0, -1, 0};

    /**
     * The passes.
     *
     * @throws UnsupportedOperationException if the processor has no vectors of 512 bits, without which these passes are slower than plain
     *     Java's
     */
    VectorXtsPasses() {
        int bits = LongVector.SPECIES_PREFERRED.vectorBitSize();
        if (bits != LONGS.vectorBitSize()) {
            throw new UnsupportedOperationException("vectors of 512 bits are needed, the JVM prefers " + bits);
        }
    }

    @Override
    String name() {
        return "vector";
    }

    /**
     * {@inheritDoc}
     *
     * <p>A span a turn, and all in one method, makes more bytecode than the compiler (C2) ever inlines. So it is compiled alone: as a
     * part of its caller it can be too much, and then vectors become objects and each operation a call. So they do if its parts are
     * methods, for there is a limit to what the compiler inlines into one. From one span to the next two numbers
     * are carried over and not a vector, which measured a fifth slower on JDK 17.
     */
    @Override
    void before(
            XtsTweaks tweaks, int firstUnit, int unitBytes, byte[] input, int inputOffset, byte[] masked, int length) {
        byte[] ofUnits = tweaks.ofUnits;
        long[] ofBlocks = tweaks.ofBlocks;
        LongVector lowHalves = LongVector.fromArray(LONGS, LOW_HALVES, 0);
        LongVector places = LongVector.fromArray(LONGS, PLACES, 0);
        LongVector otherPlaces = LongVector.fromArray(LONGS, OTHER_PLACES, 0);
        int from = firstUnit * SectorCipher.IV_BYTES;
        int leftOfUnit = 0;
        long low = 0;
        long high = 0;
        for (int at = 0; at < length; at += SPAN_BYTES) {
            if (leftOfUnit == 0) {
                leftOfUnit = unitBytes;
                low = (long) LONG.get(ofUnits, from);
                high = (long) LONG.get(ofUnits, from + Long.BYTES);
                from += SectorCipher.IV_BYTES;
            } else {
                long carry = high >>> (Long.SIZE - SPAN_BLOCKS);
                high = high << SPAN_BLOCKS | low >>> (Long.SIZE - SPAN_BLOCKS);
                low = low << SPAN_BLOCKS ^ carry ^ carry << 1 ^ carry << 2 ^ carry << 7;
            }
            leftOfUnit -= SPAN_BYTES;
            int begin = at / Long.BYTES;
            int in = inputOffset + at;

            LongVector lows = LongVector.broadcast(LONGS, low);
            LongVector highs = LongVector.broadcast(LONGS, high);
            LongVector both = lows.lanewise(VectorOperators.XOR, highs);
            LongVector swapped = lows.lanewise(VectorOperators.XOR, both.and(lowHalves));
            // Already one place on: 64 - j, which may be 64, is no number of places that the processor knows.
            LongVector carry0 = swapped.lanewise(VectorOperators.LSHR, 1).lanewise(VectorOperators.LSHR, otherPlaces);
            LongVector twice0 = carry0.lanewise(VectorOperators.ADD, carry0);
            LongVector tweak0 = swapped.lanewise(VectorOperators.XOR, both)
                    .lanewise(VectorOperators.LSHL, places)
                    .lanewise(VectorOperators.XOR, carry0)
                    .lanewise(
                            VectorOperators.XOR,
                            twice0.lanewise(VectorOperators.XOR, twice0.lanewise(VectorOperators.ADD, twice0))
                                    .lanewise(VectorOperators.XOR, carry0.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            LongVector other = tweak0.rearrange(OTHER_HALVES);
            tweak0.intoArray(ofBlocks, begin);
            ByteVector.fromArray(BYTES, input, in)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak0)
                    .reinterpretAsBytes()
                    .intoArray(masked, at);

            LongVector carry1 = other.lanewise(VectorOperators.LSHR, Long.SIZE - VECTOR_BLOCKS);
            LongVector twice1 = carry1.lanewise(VectorOperators.ADD, carry1);
            LongVector tweak1 = tweak0.lanewise(VectorOperators.LSHL, VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry1)
                    .lanewise(
                            VectorOperators.XOR,
                            twice1.lanewise(VectorOperators.XOR, twice1.lanewise(VectorOperators.ADD, twice1))
                                    .lanewise(VectorOperators.XOR, carry1.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak1.intoArray(ofBlocks, begin + VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak1)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + VECTOR_BYTES);

            LongVector carry2 = other.lanewise(VectorOperators.LSHR, Long.SIZE - 2 * VECTOR_BLOCKS);
            LongVector twice2 = carry2.lanewise(VectorOperators.ADD, carry2);
            LongVector tweak2 = tweak0.lanewise(VectorOperators.LSHL, 2 * VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry2)
                    .lanewise(
                            VectorOperators.XOR,
                            twice2.lanewise(VectorOperators.XOR, twice2.lanewise(VectorOperators.ADD, twice2))
                                    .lanewise(VectorOperators.XOR, carry2.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak2.intoArray(ofBlocks, begin + 2 * VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + 2 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak2)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + 2 * VECTOR_BYTES);

            LongVector carry3 = other.lanewise(VectorOperators.LSHR, Long.SIZE - 3 * VECTOR_BLOCKS);
            LongVector twice3 = carry3.lanewise(VectorOperators.ADD, carry3);
            LongVector tweak3 = tweak0.lanewise(VectorOperators.LSHL, 3 * VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry3)
                    .lanewise(
                            VectorOperators.XOR,
                            twice3.lanewise(VectorOperators.XOR, twice3.lanewise(VectorOperators.ADD, twice3))
                                    .lanewise(VectorOperators.XOR, carry3.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak3.intoArray(ofBlocks, begin + 3 * VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + 3 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak3)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + 3 * VECTOR_BYTES);

            LongVector carry4 = other.lanewise(VectorOperators.LSHR, Long.SIZE - 4 * VECTOR_BLOCKS);
            LongVector twice4 = carry4.lanewise(VectorOperators.ADD, carry4);
            LongVector tweak4 = tweak0.lanewise(VectorOperators.LSHL, 4 * VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry4)
                    .lanewise(
                            VectorOperators.XOR,
                            twice4.lanewise(VectorOperators.XOR, twice4.lanewise(VectorOperators.ADD, twice4))
                                    .lanewise(VectorOperators.XOR, carry4.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak4.intoArray(ofBlocks, begin + 4 * VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + 4 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak4)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + 4 * VECTOR_BYTES);

            LongVector carry5 = other.lanewise(VectorOperators.LSHR, Long.SIZE - 5 * VECTOR_BLOCKS);
            LongVector twice5 = carry5.lanewise(VectorOperators.ADD, carry5);
            LongVector tweak5 = tweak0.lanewise(VectorOperators.LSHL, 5 * VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry5)
                    .lanewise(
                            VectorOperators.XOR,
                            twice5.lanewise(VectorOperators.XOR, twice5.lanewise(VectorOperators.ADD, twice5))
                                    .lanewise(VectorOperators.XOR, carry5.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak5.intoArray(ofBlocks, begin + 5 * VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + 5 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak5)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + 5 * VECTOR_BYTES);

            LongVector carry6 = other.lanewise(VectorOperators.LSHR, Long.SIZE - 6 * VECTOR_BLOCKS);
            LongVector twice6 = carry6.lanewise(VectorOperators.ADD, carry6);
            LongVector tweak6 = tweak0.lanewise(VectorOperators.LSHL, 6 * VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry6)
                    .lanewise(
                            VectorOperators.XOR,
                            twice6.lanewise(VectorOperators.XOR, twice6.lanewise(VectorOperators.ADD, twice6))
                                    .lanewise(VectorOperators.XOR, carry6.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak6.intoArray(ofBlocks, begin + 6 * VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + 6 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak6)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + 6 * VECTOR_BYTES);

            LongVector carry7 = other.lanewise(VectorOperators.LSHR, Long.SIZE - 7 * VECTOR_BLOCKS);
            LongVector twice7 = carry7.lanewise(VectorOperators.ADD, carry7);
            LongVector tweak7 = tweak0.lanewise(VectorOperators.LSHL, 7 * VECTOR_BLOCKS)
                    .lanewise(VectorOperators.XOR, carry7)
                    .lanewise(
                            VectorOperators.XOR,
                            twice7.lanewise(VectorOperators.XOR, twice7.lanewise(VectorOperators.ADD, twice7))
                                    .lanewise(VectorOperators.XOR, carry7.lanewise(VectorOperators.LSHL, 7))
                                    .and(lowHalves));
            tweak7.intoArray(ofBlocks, begin + 7 * VECTOR_LONGS);
            ByteVector.fromArray(BYTES, input, in + 7 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, tweak7)
                    .reinterpretAsBytes()
                    .intoArray(masked, at + 7 * VECTOR_BYTES);
        }
    }

    /** {@inheritDoc} A span a turn, again to be compiled alone. */
    @Override
    void after(byte[] masked, XtsTweaks tweaks, byte[] output, int outputOffset, int length) {
        long[] ofBlocks = tweaks.ofBlocks;
        for (int at = 0; at < length; at += SPAN_BYTES) {
            int to = outputOffset + at;
            int begin = at / Long.BYTES;
            ByteVector.fromArray(BYTES, masked, at)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin))
                    .reinterpretAsBytes()
                    .intoArray(output, to);
            ByteVector.fromArray(BYTES, masked, at + VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 2 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + 2 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 2 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 3 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + 3 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 3 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 4 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + 4 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 4 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 5 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + 5 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 5 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 6 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + 6 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 6 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 7 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, ofBlocks, begin + 7 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 7 * VECTOR_BYTES);
        }
    }
}
