package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Adiantum: a unit is one wide block, fast where the processor has no AES. A hash of all but the last 16 bytes is added to these, which then go
 * through the block cipher; what comes out is the nonce by which the stream cipher encrypts all the rest, whose hash is subtracted in turn.
 *
 * @see <a href="https://doi.org/10.13154/tosc.v2018.i4.39-61">Crowley, Biggers: Adiantum: length-preserving encryption for entry-level processors</a>
 */
final class AdiantumMode implements UnitCipher.Mode {
    static final int IV_BYTES = 32;

    /** Length of the key, and of the one for the block cipher that is derived from it. */
    static final int KEY_BYTES = ChaCha.KEY_BYTES;

    static final int BLOCK_BYTES = 16;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int DERIVED_BYTES = KEY_BYTES + Poly1305.BLOCK_BYTES + NhPoly1305.KEY_BYTES;

    private final ChaCha stream;
    private final BlockCipher cipher;
    private final Poly1305 headerHash;
    private final NhPoly1305 messageHash;
    private final byte[] nonce = new byte[IV_BYTES];
    private final byte[] middle = new byte[BLOCK_BYTES];
    private final byte[] hash = new byte[BLOCK_BYTES];
    private final byte[] header = new byte[BLOCK_BYTES];
    private long headerLow;
    private long headerHigh;

    private AdiantumMode(int rounds, BlockAlgorithm block, KeyMaterial key, KeyMaterial derived) {
        stream = new ChaCha(rounds, key);
        cipher = block.create(derived.slice(0, KEY_BYTES));
        byte[] clear = derived.getEncoded();
        headerHash = new Poly1305(clear, KEY_BYTES);
        messageHash = new NhPoly1305(clear, KEY_BYTES + Poly1305.BLOCK_BYTES);
        Arrays.fill(clear, (byte) 0);
    }

    /** A cipher; the key for the block cipher and those for the hashes are the begin of the key stream for the nonce 1. */
    static SectorCipher cipher(int rounds, BlockAlgorithm block, KeyMaterial key) {
        byte[] one = new byte[IV_BYTES];
        one[0] = 1;
        byte[] stream = new byte[DERIVED_BYTES];
        new ChaCha(rounds, key).xor(one, stream, stream, DERIVED_BYTES);
        KeyMaterial derived = KeyMaterial.owning(stream);
        return new UnitCipher(IV_BYTES, () -> new AdiantumMode(rounds, block, key, derived), derived::wipe);
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        int bulk = length - BLOCK_BYTES;
        hashHeader(bulk, ivs, ivOffset);
        System.arraycopy(in, bulk, middle, 0, BLOCK_BYTES);
        addHash(middle, in, bulk);
        cipher.encrypt(middle, 0, nonce, 0, BLOCK_BYTES);
        xorStream(in, out, bulk);
        System.arraycopy(nonce, 0, out, bulk, BLOCK_BYTES);
        subtractHash(out, bulk);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset) {
        int bulk = length - BLOCK_BYTES;
        hashHeader(bulk, ivs, ivOffset);
        System.arraycopy(in, bulk, nonce, 0, BLOCK_BYTES);
        addHash(nonce, in, bulk);
        cipher.decrypt(nonce, 0, middle, 0, BLOCK_BYTES);
        xorStream(in, out, bulk);
        System.arraycopy(middle, 0, out, bulk, BLOCK_BYTES);
        subtractHash(out, bulk);
    }

    private void xorStream(byte[] in, byte[] out, int bulk) {
        Arrays.fill(nonce, BLOCK_BYTES, IV_BYTES, (byte) 0);
        nonce[BLOCK_BYTES] = 1;
        stream.xor(nonce, in, out, bulk);
    }

    /** The hash of the unit's length in bits and its IV. */
    private void hashHeader(int bulk, byte[] ivs, int ivOffset) {
        LONG.set(header, 0, (long) bulk * Byte.SIZE);
        headerHash.reset();
        headerHash.update(header, 0, BLOCK_BYTES);
        headerHash.update(ivs, ivOffset, IV_BYTES);
        headerHash.copyTo(hash, 0);
        headerLow = (long) LONG.get(hash, 0);
        headerHigh = (long) LONG.get(hash, Long.BYTES);
    }

    /** Adds both hashes to the first 16 bytes of {@code value}, as numbers modulo 2^128. */
    private void addHash(byte[] value, byte[] bytes, int bulk) {
        messageHash.hash(bytes, bulk, hash, 0);
        add(hash, headerLow, headerHigh);
        add(value, (long) LONG.get(hash, 0), (long) LONG.get(hash, Long.BYTES));
    }

    private static void add(byte[] value, long low, long high) {
        long sumLow = (long) LONG.get(value, 0) + low;
        long carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
        LONG.set(value, 0, sumLow);
        LONG.set(value, Long.BYTES, (long) LONG.get(value, Long.BYTES) + high + carry);
    }

    /** Subtracts both hashes from the 16 bytes behind what is hashed. */
    private void subtractHash(byte[] bytes, int bulk) {
        messageHash.hash(bytes, bulk, hash, 0);
        add(hash, headerLow, headerHigh);
        long low = (long) LONG.get(bytes, bulk);
        long minus = (long) LONG.get(hash, 0);
        long borrow = Long.compareUnsigned(low, minus) < 0 ? 1 : 0;
        LONG.set(bytes, bulk, low - minus);
        LONG.set(
                bytes,
                bulk + Long.BYTES,
                (long) LONG.get(bytes, bulk + Long.BYTES) - (long) LONG.get(hash, Long.BYTES) - borrow);
    }
}
