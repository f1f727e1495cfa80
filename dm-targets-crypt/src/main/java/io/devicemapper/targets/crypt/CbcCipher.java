package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * CBC: each block is XORed with the ciphertext before it, the first one of a unit with the IV. To encrypt, each block waits for the one before, and a
 * unit is as fast as the cipher does one block after the other. To decrypt, no block waits: those of many units go through the block cipher in
 * one call, and one pass takes out what they were chained to.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38A">NIST SP 800-38A</a>
 */
final class CbcCipher extends SectorCipher {
    /** Decrypted at once: all that it touches stays in the first-level cache. */
    private static final int CHUNK_BYTES = UnitCipher.MAX_UNIT_BYTES;

    private static final class Scratch {
        final BlockCipher cipher;
        final byte[] in = new byte[CHUNK_BYTES];
        final byte[] out = new byte[CHUNK_BYTES];
        final byte[] chain = new byte[CHUNK_BYTES];

        Scratch(BlockCipher cipher) {
            this.cipher = cipher;
        }
    }

    private final int blockBytes;
    private final ScratchPool<Scratch> pool;

    /**
     * A cipher.
     *
     * @param ciphers makes one for each thread
     */
    CbcCipher(int blockBytes, Supplier<BlockCipher> ciphers) {
        this.blockBytes = blockBytes;
        this.pool = new ScratchPool<>(() -> new Scratch(ciphers.get()));
    }

    @Override
    int ivBytes() {
        return blockBytes;
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
        for (int at = 0, iv = 0; at < length; at += unitBytes, iv += blockBytes) {
            source.get(sourcePosition + at, scratch.in, 0, unitBytes);
            scratch.cipher.encryptChained(scratch.in, scratch.out, unitBytes, ivs, iv);
            target.put(targetPosition + at, scratch.out, 0, unitBytes);
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
        int chunk = CHUNK_BYTES / unitBytes * unitBytes;
        for (int at = 0, iv = 0; at < length; at += chunk) {
            int bytes = Math.min(chunk, length - at);
            source.get(sourcePosition + at, scratch.in, 0, bytes);
            scratch.cipher.decrypt(scratch.in, 0, scratch.out, 0, bytes);
            System.arraycopy(scratch.in, 0, scratch.chain, blockBytes, bytes - blockBytes);
            for (int unit = 0; unit < bytes; unit += unitBytes, iv += blockBytes) {
                System.arraycopy(ivs, iv, scratch.chain, unit, blockBytes);
            }
            xor(scratch.out, scratch.chain, bytes);
            target.put(targetPosition + at, scratch.out, 0, bytes);
        }
        pool.giveBack(scratch);
    }

    /** In this form the JVM's compiler makes vector instructions of it. */
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
