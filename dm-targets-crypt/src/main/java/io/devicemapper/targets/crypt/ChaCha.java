package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * XChaCha with 12 or 20 rounds, as a key stream that is XORed to data. Holds the key until it is wiped. For one thread at a time.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8439">RFC 8439</a>
 * @see <a href="https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha">draft-irtf-cfrg-xchacha</a>
 */
final class ChaCha {
    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 24;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WORDS = 16;
    private static final int BLOCK_BYTES = WORDS * Integer.BYTES;

    /** "expand 32-byte k". */
    private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    private static final int KEY_AT = 4;
    private static final int COUNTER_AT = 12;
    private static final int NONCE_AT = 14;
    private static final int KEY_WORDS = KEY_BYTES / Integer.BYTES;

    private final int rounds;
    private final int[] key = new int[KEY_WORDS];
    private final int[] state = new int[WORDS];
    private final int[] block = new int[WORDS];

    ChaCha(int rounds, KeyMaterial keyMaterial) {
        this.rounds = rounds;
        byte[] clear = keyMaterial.getEncoded();
        for (int i = 0; i < KEY_WORDS; i++) {
            key[i] = (int) INT.get(clear, i * Integer.BYTES);
        }
        Arrays.fill(clear, (byte) 0);
    }

    /**
     * XORs the key stream to data.
     *
     * @param nonce 24 bytes from its begin on
     * @param length bytes
     */
    void xor(byte[] nonce, byte[] in, byte[] out, int length) {
        begin(nonce);
        for (int at = 0; at < length; at += BLOCK_BYTES) {
            nextBlock();
            int bytes = Math.min(BLOCK_BYTES, length - at);
            for (int word = 0; word < bytes / Integer.BYTES; word++) {
                int index = at + word * Integer.BYTES;
                INT.set(out, index, (int) INT.get(in, index) ^ block[word]);
            }
        }
    }

    /** HChaCha makes the key for this nonce of its first 16 bytes. */
    private void begin(byte[] nonce) {
        System.arraycopy(CONSTANTS, 0, state, 0, KEY_AT);
        System.arraycopy(key, 0, state, KEY_AT, KEY_WORDS);
        for (int i = COUNTER_AT; i < WORDS; i++) {
            state[i] = (int) INT.get(nonce, (i - COUNTER_AT) * Integer.BYTES);
        }
        permute();
        System.arraycopy(block, 0, state, KEY_AT, KEY_AT);
        System.arraycopy(block, COUNTER_AT, state, KEY_AT + KEY_AT, KEY_AT);
        state[COUNTER_AT] = 0;
        state[COUNTER_AT + 1] = 0;
        state[NONCE_AT] = (int) INT.get(nonce, NONCE_BYTES - Long.BYTES);
        state[NONCE_AT + 1] = (int) INT.get(nonce, NONCE_BYTES - Integer.BYTES);
    }

    private void nextBlock() {
        permute();
        for (int i = 0; i < WORDS; i++) {
            block[i] += state[i];
        }
        if (++state[COUNTER_AT] == 0) {
            state[COUNTER_AT + 1]++;
        }
    }

    private void permute() {
        System.arraycopy(state, 0, block, 0, WORDS);
        for (int round = 0; round < rounds; round += 2) {
            quarter(0, 4, 8, 12);
            quarter(1, 5, 9, 13);
            quarter(2, 6, 10, 14);
            quarter(3, 7, 11, 15);
            quarter(0, 5, 10, 15);
            quarter(1, 6, 11, 12);
            quarter(2, 7, 8, 13);
            quarter(3, 4, 9, 14);
        }
    }

    private void quarter(int a, int b, int c, int d) {
        int[] x = block;
        x[a] += x[b];
        x[d] = Integer.rotateLeft(x[d] ^ x[a], 16);
        x[c] += x[d];
        x[b] = Integer.rotateLeft(x[b] ^ x[c], 12);
        x[a] += x[b];
        x[d] = Integer.rotateLeft(x[d] ^ x[a], 8);
        x[c] += x[d];
        x[b] = Integer.rotateLeft(x[b] ^ x[c], 7);
    }
}
