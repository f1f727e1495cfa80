package io.devicemapper.targets.crypt;

/**
 * The two passes of XTS around the block cipher, over some units at a time: the tweaks, added to what goes in and to what comes out.
 * Stateless, and safe for use by several threads.
 *
 * <p>The first tweak of a unit is given, each other follows from the one before: it is that times x in GF(2^128) modulo x^128 + x^7 + x^2 + x +
 * 1. A tweak is two longs, the lower one first, and the bytes of data are longs in little-endian order. Units of any size that dm-crypt
 * knows consist of spans of 512 bytes, which have 32 tweaks each.
 */
abstract class XtsPasses {
    static final int SPAN_BYTES = 512;

    /** Longs in the tweaks of one span. */
    static final int SPAN_LONGS = SPAN_BYTES / Long.BYTES;

    /** Tweaks of neighbouring spans are this many multiplications by x apart. */
    static final int SPAN_BLOCKS = SPAN_BYTES / SectorCipher.IV_BYTES;

    /** What is left over at the top, as a polynomial, comes back in at the bottom multiplied by this one. */
    static final long REDUCTION = 0x87;

    /** Shown to the user, and what a setting names. */
    abstract String name();

    /**
     * Before the block cipher: {@code masked = input xor tweaks}.
     *
     * @param tweaks those of the units are given, those of the blocks are filled in
     * @param firstUnit the unit that the data begins with
     * @param unitBytes length of a unit, a multiple of {@link #SPAN_BYTES}
     * @param input may be {@code masked}, at offset 0
     * @param masked takes the result, from its begin on
     * @param length bytes, a multiple of {@code unitBytes} up to {@link AesXtsCipher#CHUNK_BYTES}
     */
    abstract void before(
            XtsTweaks tweaks, int firstUnit, int unitBytes, byte[] input, int inputOffset, byte[] masked, int length);

    /**
     * After the block cipher: {@code output = masked xor tweaks}.
     *
     * @param masked what {@code output} comes from, from its begin on; changed
     * @param tweaks as {@link #before} left them
     * @param output may be {@code masked}, at offset 0
     * @param length bytes, a multiple of {@link #SPAN_BYTES}
     */
    abstract void after(byte[] masked, XtsTweaks tweaks, byte[] output, int outputOffset, int length);
}
