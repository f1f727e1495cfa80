package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The polynomial of Poly1305 over whole blocks of 16 bytes, without the number that the authenticator adds in the end: a value of 128 bits. Numbers
 * modulo 2^130 - 5 are held in five limbs of 26 bits. For one thread at a time.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8439#section-2.5">RFC 8439, section 2.5</a>
 */
final class Poly1305 {
    static final int BLOCK_BYTES = 16;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LIMB_BITS = 26;
    private static final long LIMB = (1L << LIMB_BITS) - 1;
    private static final long UNSIGNED = 0xFFFF_FFFFL;

    /** The bit 2^128 that each whole block has on top, in its limb. */
    private static final long TOP_BIT = 1L << 24;

    private final long r0;
    private final long r1;
    private final long r2;
    private final long r3;
    private final long r4;
    private long h0;
    private long h1;
    private long h2;
    private long h3;
    private long h4;

    /** Takes 16 bytes of key from the array, which it does not keep. */
    Poly1305(byte[] key, int offset) {
        long k0 = word(key, offset);
        long k1 = word(key, offset + 3);
        long k2 = word(key, offset + 6);
        long k3 = word(key, offset + 9);
        long k4 = word(key, offset + 12);
        // Limbs of the clamped number: the masks of the RFC, cut at multiples of 26 bits.
        r0 = k0 & 0x3ffffff;
        r1 = k1 >>> 2 & 0x3ffff03;
        r2 = k2 >>> 4 & 0x3ffc0ff;
        r3 = k3 >>> 6 & 0x3f03fff;
        r4 = k4 >>> 8 & 0x00fffff;
    }

    private static long word(byte[] bytes, int offset) {
        return (int) INT.get(bytes, offset) & UNSIGNED;
    }

    /** Begins anew. */
    void reset() {
        h0 = 0;
        h1 = 0;
        h2 = 0;
        h3 = 0;
        h4 = 0;
    }

    /** Takes in whole blocks. */
    void update(byte[] bytes, int offset, int length) {
        long s1 = 5 * r1;
        long s2 = 5 * r2;
        long s3 = 5 * r3;
        long s4 = 5 * r4;
        for (int at = offset; at < offset + length; at += BLOCK_BYTES) {
            h0 += word(bytes, at) & LIMB;
            h1 += word(bytes, at + 3) >>> 2 & LIMB;
            h2 += word(bytes, at + 6) >>> 4 & LIMB;
            h3 += word(bytes, at + 9) >>> 6 & LIMB;
            h4 += word(bytes, at + 12) >>> 8 | TOP_BIT;
            long d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
            long d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2;
            long d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3;
            long d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4;
            long d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
            d1 += d0 >>> LIMB_BITS;
            d2 += d1 >>> LIMB_BITS;
            d3 += d2 >>> LIMB_BITS;
            d4 += d3 >>> LIMB_BITS;
            h0 = (d0 & LIMB) + 5 * (d4 >>> LIMB_BITS);
            h1 = (d1 & LIMB) + (h0 >>> LIMB_BITS);
            h0 &= LIMB;
            h2 = d2 & LIMB;
            h3 = d3 & LIMB;
            h4 = d4 & LIMB;
        }
    }

    /** Writes the value, little-endian: 16 bytes. */
    void copyTo(byte[] target, int offset) {
        long g0 = h0;
        long g1 = h1;
        long g2 = h2;
        long g3 = h3;
        long g4 = h4;
        // Twice, as what is carried out at the top comes back in at the bottom.
        for (int pass = 0; pass < 2; pass++) {
            g1 += g0 >>> LIMB_BITS;
            g0 &= LIMB;
            g2 += g1 >>> LIMB_BITS;
            g1 &= LIMB;
            g3 += g2 >>> LIMB_BITS;
            g2 &= LIMB;
            g4 += g3 >>> LIMB_BITS;
            g3 &= LIMB;
            g0 += 5 * (g4 >>> LIMB_BITS);
            g4 &= LIMB;
        }
        // What is left when the modulus is taken off once: chosen without a branch if that did not go below zero.
        long m0 = g0 + 5;
        long m1 = g1 + (m0 >>> LIMB_BITS);
        long m2 = g2 + (m1 >>> LIMB_BITS);
        long m3 = g3 + (m2 >>> LIMB_BITS);
        long m4 = g4 + (m3 >>> LIMB_BITS) - (1L << LIMB_BITS);
        long keep = m4 >> (Long.SIZE - 1);
        g0 = (g0 & keep) | (m0 & LIMB & ~keep);
        g1 = (g1 & keep) | (m1 & LIMB & ~keep);
        g2 = (g2 & keep) | (m2 & LIMB & ~keep);
        g3 = (g3 & keep) | (m3 & LIMB & ~keep);
        g4 = (g4 & keep) | (m4 & ~keep);
        LONG.set(target, offset, g0 | g1 << LIMB_BITS | g2 << (2 * LIMB_BITS));
        LONG.set(target, offset + Long.BYTES, g2 >>> 12 | g3 << 14 | g4 << 40);
    }
}
