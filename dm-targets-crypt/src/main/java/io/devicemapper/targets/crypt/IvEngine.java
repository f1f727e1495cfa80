package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;

/** What most modes need: an IV for each unit, and one key or several that take turns. */
final class IvEngine extends CryptEngine {
    /** Units for which IVs are made at once: those of the longest bio, 128 KiB, in sectors. */
    private static final int MAX_UNITS = 256;

    private final UnitNumbering numbering;
    private final IvGenerator generator;
    private final SectorCipher[] ciphers;
    private final ScratchPool<byte[]> ivPool;

    /**
     * An engine.
     *
     * @param ciphers one for each key, a power of two; closed with the engine
     */
    IvEngine(UnitNumbering numbering, IvGenerator generator, SectorCipher[] ciphers) {
        this.numbering = numbering;
        this.generator = generator;
        this.ciphers = ciphers;
        int ivBytes = ciphers[0].ivBytes();
        this.ivPool = new ScratchPool<>(() -> new byte[MAX_UNITS * ivBytes]);
    }

    private interface Direction {
        void run(
                SectorCipher cipher,
                ByteBuffer source,
                int sourcePosition,
                ByteBuffer target,
                int targetPosition,
                int length,
                int unitBytes,
                byte[] ivs);
    }

    @Override
    void encrypt(
            ByteBuffer source, int sourcePosition, ByteBuffer target, int targetPosition, int length, long sector) {
        run(SectorCipher::encrypt, source, sourcePosition, target, targetPosition, length, sector);
    }

    @Override
    void decrypt(
            ByteBuffer source, int sourcePosition, ByteBuffer target, int targetPosition, int length, long sector) {
        run(SectorCipher::decrypt, source, sourcePosition, target, targetPosition, length, sector);
    }

    private void run(
            Direction direction,
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            long sector) {
        byte[] ivs = ivPool.borrow();
        int unitBytes = numbering.unitBytes();
        // Neighbours have different keys if there are several, so each unit goes alone then.
        int maxBytes = (ciphers.length == 1 ? MAX_UNITS : 1) * unitBytes;
        for (int at = 0; at < length; ) {
            long first = sector + (at >> 9);
            // A run ends where the sector number wraps: IVs that count units begin anew there.
            int bytes = (int) Math.min(Math.min(maxBytes, length - at), bytesToWrap(first));
            generator.generate(numbering.ivSector(first), numbering.ivStep(), bytes / unitBytes, ivs);
            SectorCipher cipher = ciphers[(int) first & (ciphers.length - 1)];
            direction.run(cipher, source, sourcePosition + at, target, targetPosition + at, bytes, unitBytes, ivs);
            at += bytes;
        }
        ivPool.giveBack(ivs);
    }

    @Override
    String description() {
        return ciphers[0].description();
    }

    /** From a sector to the one that has the number 0 again; as many as there can be if that is far off. */
    private static long bytesToWrap(long sector) {
        long sectors = -sector;
        return sectors > 0 && sectors <= Integer.MAX_VALUE ? sectors << 9 : Long.MAX_VALUE;
    }

    @Override
    public void close() {
        for (SectorCipher cipher : ciphers) {
            cipher.close();
        }
        generator.close();
        ivPool.close();
    }
}
