package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * XTS over any block cipher of 16-byte blocks: {@code C = E1(P xor T) xor T}, where a unit's first tweak is {@code T = E2(IV)} and each
 * further one {@code T * x} in GF(2^128) modulo x^128 + x^7 + x^2 + x + 1, bytes in little-endian order. A unit is a multiple of a block,
 * so no ciphertext is stolen.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38E">NIST SP 800-38E</a>
 */
final class PlainXtsCipher extends SectorCipher {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK_BYTES = 16;
    private static final int MAX_UNIT_BYTES = 4096;

    /** What is left over at the top comes back in at the bottom as this. */
    private static final long REDUCTION = 0x87;

    private final ScratchPool<Scratch> pool;

    private static final class Scratch {
        final BlockCipher data;
        final BlockCipher tweak;
        final byte[] firstTweak = new byte[BLOCK_BYTES];
        final byte[] tweaks = new byte[MAX_UNIT_BYTES];
        final byte[] in = new byte[MAX_UNIT_BYTES];
        final byte[] out = new byte[MAX_UNIT_BYTES];

        Scratch(BlockCipher data, BlockCipher tweak) {
            this.data = data;
            this.tweak = tweak;
        }
    }

    PlainXtsCipher(Supplier<BlockCipher> data, Supplier<BlockCipher> tweak) {
        this.pool = new ScratchPool<>(() -> new Scratch(data.get(), tweak.get()));
    }

    @Override
    void encrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        Scratch scratch = pool.borrow();
        for (int at = 0, iv = 0; at < length; at += unitBytes, iv += BLOCK_BYTES) {
            load(scratch, source, sourcePosition + at, unitBytes, ivs, iv);
            scratch.data.encrypt(scratch.in, 0, scratch.out, 0, unitBytes);
            store(scratch, target, targetPosition + at, unitBytes);
        }
        pool.giveBack(scratch);
    }

    @Override
    void decrypt(
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        Scratch scratch = pool.borrow();
        for (int at = 0, iv = 0; at < length; at += unitBytes, iv += BLOCK_BYTES) {
            load(scratch, source, sourcePosition + at, unitBytes, ivs, iv);
            scratch.data.decrypt(scratch.in, 0, scratch.out, 0, unitBytes);
            store(scratch, target, targetPosition + at, unitBytes);
        }
        pool.giveBack(scratch);
    }

    private static void load(Scratch scratch, ByteBuffer source, int position, int unitBytes, byte[] ivs, int iv) {
        source.get(position, scratch.in, 0, unitBytes);
        scratch.tweak.encrypt(ivs, iv, scratch.firstTweak, 0, BLOCK_BYTES);
        long low = (long) LONG.get(scratch.firstTweak, 0);
        long high = (long) LONG.get(scratch.firstTweak, Long.BYTES);
        for (int at = 0; at < unitBytes; at += BLOCK_BYTES) {
            LONG.set(scratch.tweaks, at, low);
            LONG.set(scratch.tweaks, at + Long.BYTES, high);
            long carry = (high >> (Long.SIZE - 1)) & REDUCTION;
            high = high << 1 | low >>> (Long.SIZE - 1);
            low = low << 1 ^ carry;
        }
        xor(scratch.in, scratch.tweaks, unitBytes);
    }

    private static void store(Scratch scratch, ByteBuffer target, int position, int unitBytes) {
        xor(scratch.out, scratch.tweaks, unitBytes);
        target.put(position, scratch.out, 0, unitBytes);
    }

    private static void xor(byte[] bytes, byte[] mask, int length) {
        for (int i = 0; i < length; i++) {
            bytes[i] ^= mask[i];
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
