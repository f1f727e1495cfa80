package io.devicemapper.targets.crypt;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;

/** An engine whose mode looks at the data of each unit beside encrypting it: one unit after the other, in a scratch buffer. */
abstract class UnitEngine extends CryptEngine {
    /** What a thread has while it does a unit. */
    static final class Scratch {
        final byte[] unit = new byte[UnitCipher.MAX_UNIT_BYTES];
        final ByteBuffer unitBuffer = ByteBuffer.wrap(unit);
        final byte[] iv = new byte[SectorCipher.IV_BYTES];
        final byte[] block = new byte[Md5State.BLOCK_BYTES];
        final Md5State md5 = new Md5State();
    }

    private final UnitNumbering numbering;
    private final ScratchPool<Scratch> pool = new ScratchPool<>(Scratch::new);

    UnitEngine(UnitNumbering numbering) {
        this.numbering = numbering;
    }

    /**
     * Encrypts one unit in place.
     *
     * @param scratch its {@code unit} holds the plaintext
     * @param sector number of its first sector
     */
    abstract void encryptUnit(Scratch scratch, long sector);

    /** Decrypts; as {@link #encryptUnit}. */
    abstract void decryptUnit(Scratch scratch, long sector);

    final UnitNumbering numbering() {
        return numbering;
    }

    @Override
    final void encrypt(
            ByteBuffer source, int sourcePosition, ByteBuffer target, int targetPosition, int length, long sector) {
        Scratch scratch = pool.borrow();
        int unitBytes = numbering.unitBytes();
        for (int at = 0; at < length; at += unitBytes) {
            source.get(sourcePosition + at, scratch.unit, 0, unitBytes);
            encryptUnit(scratch, sector + (at >> Bio.SECTOR_SHIFT));
            target.put(targetPosition + at, scratch.unit, 0, unitBytes);
        }
        pool.giveBack(scratch);
    }

    @Override
    final void decrypt(
            ByteBuffer source, int sourcePosition, ByteBuffer target, int targetPosition, int length, long sector) {
        Scratch scratch = pool.borrow();
        int unitBytes = numbering.unitBytes();
        for (int at = 0; at < length; at += unitBytes) {
            source.get(sourcePosition + at, scratch.unit, 0, unitBytes);
            decryptUnit(scratch, sector + (at >> Bio.SECTOR_SHIFT));
            target.put(targetPosition + at, scratch.unit, 0, unitBytes);
        }
        pool.giveBack(scratch);
    }

    @Override
    public void close() {
        pool.close();
    }
}
