package io.devicemapper.targets.crypt;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The passes on vectors of 512 bits, four tweaks in each. No tweak waits for another: with a first tweak of {@code (low, high)} the one j
 * places further on, j being less than 32, is
 *
 * <pre>
 * high' = high &lt;&lt; j | low &gt;&gt;&gt; (64 - j)
 * low'  = low &lt;&lt; j ^ c ^ c &lt;&lt; 1 ^ c &lt;&lt; 2 ^ c &lt;&lt; 7      where c = high &gt;&gt;&gt; (64 - j)
 * </pre>
 *
 * <p>Uses what the module jdk.incubator.vector has had in every release from 17 on, so that one class serves all of them. {@link
 * XtsEngines} finds it by name, where the JVM has the module.
 */
final class VectorXtsPasses extends XtsPasses {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_512;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final int VECTOR_BYTES = BYTES.length();
    private static final int VECTOR_LONGS = LONGS.length();

    /** For each long of a span the j of its tweak, and 63 - j. */
    private static final long[] PLACES = new long[SPAN_LONGS];

    private static final long[] OTHER_PLACES = new long[SPAN_LONGS];

    /** Ones where a vector holds the lower half of a tweak. */
    private static final long[] LOW_HALVES = {-1, 0, -1, 0, -1, 0, -1, 0};

    static {
        for (int i = 0; i < SPAN_LONGS; i++) {
            PLACES[i] = i / 2;
            OTHER_PLACES[i] = Long.SIZE - 1 - PLACES[i];
        }
    }

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
     * <p>Two vectors a turn, and all in one method, make more bytecode than the compiler (C2) ever inlines. So it is compiled alone: as a
     * part of its caller it can be too much, and then vectors become objects and each operation a call.
     */
    @Override
    void before(long[] tweaks, byte[] input, int inputOffset, byte[] masked, int length) {
        LongVector lowHalves = LongVector.fromArray(LONGS, LOW_HALVES, 0);
        LongVector highHalves = lowHalves.not();
        for (int at = 0; at < length; at += SPAN_BYTES) {
            int begin = at / Long.BYTES;
            LongVector lows = LongVector.broadcast(LONGS, tweaks[begin]);
            LongVector highs = LongVector.broadcast(LONGS, tweaks[begin + 1]);
            LongVector first = lows.and(lowHalves).or(highs.and(highHalves));
            // Swapped, and already one place on: 64 - j, which may be 64, is no number of places that the processor knows.
            LongVector other = highs.and(lowHalves).or(lows.and(highHalves)).lanewise(VectorOperators.LSHR, 1);
            for (int i = 0; i < SPAN_LONGS; i += 2 * VECTOR_LONGS) {
                LongVector carry = other.lanewise(VectorOperators.LSHR, LongVector.fromArray(LONGS, OTHER_PLACES, i));
                LongVector reduced = carry.lanewise(VectorOperators.LSHL, 1)
                        .lanewise(VectorOperators.XOR, carry.lanewise(VectorOperators.LSHL, 2))
                        .lanewise(VectorOperators.XOR, carry.lanewise(VectorOperators.LSHL, 7))
                        .and(lowHalves);
                LongVector tweak = first.lanewise(VectorOperators.LSHL, LongVector.fromArray(LONGS, PLACES, i))
                        .lanewise(VectorOperators.XOR, carry)
                        .lanewise(VectorOperators.XOR, reduced);
                tweak.intoArray(tweaks, begin + i);
                ByteVector.fromArray(BYTES, input, inputOffset + at + i * Long.BYTES)
                        .reinterpretAsLongs()
                        .lanewise(VectorOperators.XOR, tweak)
                        .reinterpretAsBytes()
                        .intoArray(masked, at + i * Long.BYTES);
                LongVector nextCarry = other.lanewise(VectorOperators.LSHR, LongVector.fromArray(LONGS, OTHER_PLACES, i + VECTOR_LONGS));
                LongVector nextReduced = nextCarry.lanewise(VectorOperators.LSHL, 1)
                        .lanewise(VectorOperators.XOR, nextCarry.lanewise(VectorOperators.LSHL, 2))
                        .lanewise(VectorOperators.XOR, nextCarry.lanewise(VectorOperators.LSHL, 7))
                        .and(lowHalves);
                LongVector nextTweak = first.lanewise(VectorOperators.LSHL, LongVector.fromArray(LONGS, PLACES, i + VECTOR_LONGS))
                        .lanewise(VectorOperators.XOR, nextCarry)
                        .lanewise(VectorOperators.XOR, nextReduced);
                nextTweak.intoArray(tweaks, begin + i + VECTOR_LONGS);
                ByteVector.fromArray(BYTES, input, inputOffset + at + i * Long.BYTES + VECTOR_BYTES)
                        .reinterpretAsLongs()
                        .lanewise(VectorOperators.XOR, nextTweak)
                        .reinterpretAsBytes()
                        .intoArray(masked, at + i * Long.BYTES + VECTOR_BYTES);
            }
        }
    }

    /** {@inheritDoc} A span a turn, again to be compiled alone. */
    @Override
    void after(byte[] masked, long[] tweaks, byte[] output, int outputOffset, int length) {
        for (int at = 0; at < length; at += SPAN_BYTES) {
            int to = outputOffset + at;
            int begin = at / Long.BYTES;
            ByteVector.fromArray(BYTES, masked, at)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin))
                    .reinterpretAsBytes()
                    .intoArray(output, to);
            ByteVector.fromArray(BYTES, masked, at + VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 2 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + 2 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 2 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 3 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + 3 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 3 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 4 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + 4 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 4 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 5 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + 5 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 5 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 6 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + 6 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 6 * VECTOR_BYTES);
            ByteVector.fromArray(BYTES, masked, at + 7 * VECTOR_BYTES)
                    .reinterpretAsLongs()
                    .lanewise(VectorOperators.XOR, LongVector.fromArray(LONGS, tweaks, begin + 7 * VECTOR_LONGS))
                    .reinterpretAsBytes()
                    .intoArray(output, to + 7 * VECTOR_BYTES);
        }
    }
}
