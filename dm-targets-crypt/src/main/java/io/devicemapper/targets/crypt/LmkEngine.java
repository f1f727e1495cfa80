package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Loop-AES with 64 keys (version 2), and with a seed in addition (version 3). The IV of a unit is made of all its plaintext but the first block, so
 * that a change anywhere changes the whole unit:
 *
 * <pre>
 * MD5 state after: seed (16 bytes, 48 zero bytes; version 3 only), plaintext from byte 16 on,
 *                  sector number (32 bits, then 24 bits with the top bit of the word set), 4024 and 0 (32 bits each), all little-endian
 * </pre>
 */
final class LmkEngine extends UnitEngine {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** What of the seed is used. */
    static final int SEED_BYTES = 16;

    private static final int HASHED_FROM = 16;
    private static final int LAST_BLOCK_DATA = Md5State.BLOCK_BYTES - HASHED_FROM;
    private static final int HIGH_WORD_MASK = 0xFFFFFF;
    private static final int HIGH_WORD_FLAG = 0x80000000;

    /** Part of the format: what Loop-AES believes to be the length in bits. */
    private static final int LENGTH_WORD = 4024;

    private final SectorCipher[] ciphers;
    private final KeyMaterial seed;

    /**
     * An engine.
     *
     * @param ciphers one for each key; closed with the engine
     * @param seed of at least 16 bytes, or empty for version 2
     */
    LmkEngine(UnitNumbering numbering, SectorCipher[] ciphers, KeyMaterial seed) {
        super(numbering);
        this.ciphers = ciphers;
        this.seed = seed;
    }

    @Override
    void encryptUnit(Scratch scratch, long sector) {
        makeIv(scratch, sector);
        int bytes = numbering().unitBytes();
        cipher(sector).encrypt(scratch.unitBuffer, 0, scratch.unitBuffer, 0, bytes, bytes, scratch.iv);
    }

    @Override
    void decryptUnit(Scratch scratch, long sector) {
        Arrays.fill(scratch.iv, (byte) 0);
        int bytes = numbering().unitBytes();
        SectorCipher cipher = cipher(sector);
        cipher.decrypt(scratch.unitBuffer, 0, scratch.unitBuffer, 0, bytes, bytes, scratch.iv);
        makeIv(scratch, sector);
        for (int i = 0; i < cipher.ivBytes(); i++) {
            scratch.unit[i] ^= scratch.iv[i];
        }
    }

    private SectorCipher cipher(long sector) {
        return ciphers[(int) sector & (ciphers.length - 1)];
    }

    private void makeIv(Scratch scratch, long sector) {
        byte[] block = scratch.block;
        Md5State md5 = scratch.md5;
        md5.reset();
        if (seed.length() > 0) {
            Arrays.fill(block, (byte) 0);
            seed.slice(0, SEED_BYTES).copyTo(block, 0);
            md5.update(block, 0, block.length);
        }
        int whole = numbering().unitBytes() - HASHED_FROM - LAST_BLOCK_DATA;
        md5.update(scratch.unit, HASHED_FROM, whole);
        System.arraycopy(scratch.unit, HASHED_FROM + whole, block, 0, LAST_BLOCK_DATA);
        INT.set(block, LAST_BLOCK_DATA, (int) sector);
        INT.set(block, LAST_BLOCK_DATA + Integer.BYTES, ((int) (sector >>> 32) & HIGH_WORD_MASK) | HIGH_WORD_FLAG);
        INT.set(block, LAST_BLOCK_DATA + 2 * Integer.BYTES, LENGTH_WORD);
        INT.set(block, LAST_BLOCK_DATA + 3 * Integer.BYTES, 0);
        md5.update(block, 0, block.length);
        md5.copyTo(scratch.iv, 0);
    }

    @Override
    String description() {
        return ciphers[0].description();
    }

    @Override
    public void close() {
        super.close();
        for (SectorCipher cipher : ciphers) {
            cipher.close();
        }
    }
}
