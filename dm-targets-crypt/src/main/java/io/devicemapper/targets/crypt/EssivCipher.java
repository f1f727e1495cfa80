package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;

/**
 * ESSIV: the IVs are themselves encrypted, by the block cipher under a digest of the key, so that nobody can choose plaintext which shows in the
 * ciphertext that two sectors are related.
 *
 * @see <a href="https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMCrypt">DMCrypt: IV generators</a>
 */
final class EssivCipher extends SectorCipher {
    /** Units whose IVs are encrypted at once. */
    private static final int MAX_UNITS = 256;

    private static final class Scratch {
        final BlockCipher cipher;
        final byte[] ivs;

        Scratch(BlockCipher cipher, int ivBytes) {
            this.cipher = cipher;
            this.ivs = new byte[MAX_UNITS * ivBytes];
        }
    }

    private final SectorCipher inner;
    private final KeyMaterial digestOfKey;
    private final ScratchPool<Scratch> pool;

    /**
     * A cipher.
     *
     * @param inner what the IVs are for; closed with this one
     * @param block encrypts the IVs, which are as long as its blocks
     */
    EssivCipher(SectorCipher inner, BlockAlgorithm block, Digest digest, KeyMaterial key) {
        this.inner = inner;
        this.digestOfKey = digest.of(key);
        this.pool = new ScratchPool<>(() -> new Scratch(block.create(digestOfKey), inner.ivBytes()));
    }

    @Override
    int ivBytes() {
        return inner.ivBytes();
    }

    @Override
    String description() {
        return inner.description();
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
        Scratch scratch = encryptIvs(length / unitBytes, ivs);
        inner.encrypt(source, sourcePosition, target, targetPosition, length, unitBytes, scratch.ivs);
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
        Scratch scratch = encryptIvs(length / unitBytes, ivs);
        inner.decrypt(source, sourcePosition, target, targetPosition, length, unitBytes, scratch.ivs);
        pool.giveBack(scratch);
    }

    private Scratch encryptIvs(int units, byte[] ivs) {
        Scratch scratch = pool.borrow();
        scratch.cipher.encrypt(ivs, 0, scratch.ivs, 0, units * inner.ivBytes());
        return scratch;
    }

    @Override
    public void close() {
        inner.close();
        pool.close();
        digestOfKey.wipe();
    }
}
