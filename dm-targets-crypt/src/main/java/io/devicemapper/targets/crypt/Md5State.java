package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * MD5 without what ends it: the chaining value after some whole blocks of 64 bytes. Loop-AES makes its IVs of that, and the JDK's digest does not show it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1321">RFC 1321</a>
 */
final class Md5State {
    static final int BLOCK_BYTES = 64;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int STEPS = 64;
    private static final int STEPS_IN_ROUND = 16;
    private static final int[][] ROTATIONS = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    private static final int[] SINES = new int[STEPS];

    static {
        for (int i = 0; i < STEPS; i++) {
            SINES[i] = (int) (long) (Math.abs(StrictMath.sin(i + 1.0)) * (1L << Integer.SIZE));
        }
    }

    private int a;
    private int b;
    private int c;
    private int d;

    /** Begins anew. */
    void reset() {
        a = 0x67452301;
        b = 0xefcdab89;
        c = 0x98badcfe;
        d = 0x10325476;
    }

    /** Takes in whole blocks. */
    void update(byte[] bytes, int offset, int length) {
        for (int at = offset; at < offset + length; at += BLOCK_BYTES) {
            block(bytes, at);
        }
    }

    private void block(byte[] bytes, int offset) {
        int w = a;
        int x = b;
        int y = c;
        int z = d;
        for (int step = 0; step < STEPS; step++) {
            int round = step / STEPS_IN_ROUND;
            int mixed;
            int word;
            switch (round) {
                case 0 -> {
                    mixed = (x & y) | (~x & z);
                    word = step;
                }
                case 1 -> {
                    mixed = (x & z) | (y & ~z);
                    word = 5 * step + 1;
                }
                case 2 -> {
                    mixed = x ^ y ^ z;
                    word = 3 * step + 5;
                }
                default -> {
                    mixed = y ^ (x | ~z);
                    word = 7 * step;
                }
            }
            int data = (int) INT.get(bytes, offset + (word % STEPS_IN_ROUND) * Integer.BYTES);
            int turned = Integer.rotateLeft(w + mixed + data + SINES[step], ROTATIONS[round][step % 4]);
            w = z;
            z = y;
            y = x;
            x += turned;
        }
        a += w;
        b += x;
        c += y;
        d += z;
    }

    /** Writes the four words, little-endian: 16 bytes. */
    void copyTo(byte[] target, int offset) {
        INT.set(target, offset, a);
        INT.set(target, offset + Integer.BYTES, b);
        INT.set(target, offset + 2 * Integer.BYTES, c);
        INT.set(target, offset + 3 * Integer.BYTES, d);
    }
}
