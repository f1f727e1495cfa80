package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * CBC of TrueCrypt before version 4.1: the sector number is mixed into a seed, which is the IV, and into another one, whose checksum whitens the
 * ciphertext.
 */
final class TcwEngine extends UnitEngine {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int CRC_POLYNOMIAL = 0xEDB88320;
    private static final int CRC_ENTRIES = 256;
    private static final int WHITENING_BYTES = 16;
    private static final int[] CRC = new int[CRC_ENTRIES];

    static {
        for (int i = 0; i < CRC_ENTRIES; i++) {
            int crc = i;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ CRC_POLYNOMIAL;
            }
            CRC[i] = crc;
        }
    }

    private final SectorCipher[] ciphers;
    private final KeyMaterial seed;
    private final KeyMaterial whitening;

    /**
     * An engine.
     *
     * @param ciphers one for each key; closed with the engine
     * @param seeds the IV's, and 16 bytes for the whitening
     */
    TcwEngine(UnitNumbering numbering, SectorCipher[] ciphers, KeyMaterial seeds) {
        super(numbering);
        this.ciphers = ciphers;
        this.seed = seeds.slice(0, seeds.length() - WHITENING_BYTES);
        this.whitening = seeds.slice(seeds.length() - WHITENING_BYTES, WHITENING_BYTES);
    }

    @Override
    void encryptUnit(Scratch scratch, long sector) {
        int bytes = numbering().unitBytes();
        makeIv(scratch, sector);
        cipher(sector).encrypt(scratch.unitBuffer, 0, scratch.unitBuffer, 0, bytes, bytes, scratch.iv);
        whiten(scratch, sector);
    }

    @Override
    void decryptUnit(Scratch scratch, long sector) {
        int bytes = numbering().unitBytes();
        whiten(scratch, sector);
        makeIv(scratch, sector);
        cipher(sector).decrypt(scratch.unitBuffer, 0, scratch.unitBuffer, 0, bytes, bytes, scratch.iv);
    }

    private SectorCipher cipher(long sector) {
        return ciphers[(int) sector & (ciphers.length - 1)];
    }

    private void makeIv(Scratch scratch, long sector) {
        seed.copyTo(scratch.iv, 0);
        for (int at = 0; at < seed.length(); at += Long.BYTES) {
            LONG.set(scratch.iv, at, (long) LONG.get(scratch.iv, at) ^ sector);
        }
    }

    private void whiten(Scratch scratch, long sector) {
        byte[] block = scratch.block;
        whitening.copyTo(block, 0);
        for (int at = 0; at < WHITENING_BYTES; at += Long.BYTES) {
            LONG.set(block, at, (long) LONG.get(block, at) ^ sector);
        }
        for (int at = 0; at < WHITENING_BYTES; at += Integer.BYTES) {
            INT.set(block, at, crc(block, at));
        }
        long outer = (int) INT.get(block, 0) ^ (int) INT.get(block, 3 * Integer.BYTES);
        long inner = (int) INT.get(block, Integer.BYTES) ^ (int) INT.get(block, 2 * Integer.BYTES);
        long mask = inner << Integer.SIZE | (outer & 0xFFFF_FFFFL);
        for (int at = 0; at < numbering().unitBytes(); at += Long.BYTES) {
            LONG.set(scratch.unit, at, (long) LONG.get(scratch.unit, at) ^ mask);
        }
    }

    /** CRC-32 of four bytes, without the inversions at begin and end that the usual one has. */
    private static int crc(byte[] bytes, int offset) {
        int crc = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            crc = crc >>> Byte.SIZE ^ CRC[(crc ^ bytes[offset + i]) & 0xFF];
        }
        return crc;
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
