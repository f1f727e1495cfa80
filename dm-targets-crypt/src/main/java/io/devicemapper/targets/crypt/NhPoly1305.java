package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash of Adiantum: NH makes 32 bytes of each kilobyte, and {@link Poly1305} a value of these. For one thread at a time.
 *
 * @see <a href="https://doi.org/10.13154/tosc.v2018.i4.39-61">Crowley, Biggers: Adiantum, section 6.3.3</a>
 */
final class NhPoly1305 {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MESSAGE_BYTES = 1024;
    private static final int UNIT_BYTES = 16;
    private static final int PASSES = 4;
    private static final int WORDS_IN_UNIT = UNIT_BYTES / Integer.BYTES;
    private static final int NH_KEY_WORDS = MESSAGE_BYTES / Integer.BYTES + WORDS_IN_UNIT * (PASSES - 1);
    private static final long UNSIGNED = 0xFFFF_FFFFL;

    /** Length of the key: Poly1305's, then NH's. */
    static final int KEY_BYTES = Poly1305.BLOCK_BYTES + NH_KEY_WORDS * Integer.BYTES;

    private final Poly1305 poly;
    private final int[] key = new int[NH_KEY_WORDS];
    private final byte[] sums = new byte[PASSES * Long.BYTES];

    /** Takes {@link #KEY_BYTES} bytes of key from the array, which it does not keep. */
    NhPoly1305(byte[] keyBytes, int offset) {
        poly = new Poly1305(keyBytes, offset);
        for (int i = 0; i < NH_KEY_WORDS; i++) {
            key[i] = (int) INT.get(keyBytes, offset + Poly1305.BLOCK_BYTES + i * Integer.BYTES);
        }
    }

    /**
     * Hashes the first bytes of an array.
     *
     * @param length a multiple of 16
     * @param target takes 16 bytes at {@code offset}
     */
    void hash(byte[] bytes, int length, byte[] target, int offset) {
        poly.reset();
        for (int at = 0; at < length; at += MESSAGE_BYTES) {
            sum(bytes, at, Math.min(MESSAGE_BYTES, length - at));
            poly.update(sums, 0, sums.length);
        }
        poly.copyTo(target, offset);
    }

    private void sum(byte[] bytes, int offset, int length) {
        long sum0 = 0;
        long sum1 = 0;
        long sum2 = 0;
        long sum3 = 0;
        int k = 0;
        for (int at = offset; at < offset + length; at += UNIT_BYTES) {
            int m0 = (int) INT.get(bytes, at);
            int m1 = (int) INT.get(bytes, at + 4);
            int m2 = (int) INT.get(bytes, at + 8);
            int m3 = (int) INT.get(bytes, at + 12);
            sum0 += product(m0, m2, k) + product(m1, m3, k + 1);
            sum1 += product(m0, m2, k + 4) + product(m1, m3, k + 5);
            sum2 += product(m0, m2, k + 8) + product(m1, m3, k + 9);
            sum3 += product(m0, m2, k + 12) + product(m1, m3, k + 13);
            k += WORDS_IN_UNIT;
        }
        LONG.set(sums, 0, sum0);
        LONG.set(sums, Long.BYTES, sum1);
        LONG.set(sums, 2 * Long.BYTES, sum2);
        LONG.set(sums, 3 * Long.BYTES, sum3);
    }

    private long product(int left, int right, int k) {
        return (left + key[k] & UNSIGNED) * (right + key[k + 2] & UNSIGNED);
    }
}
