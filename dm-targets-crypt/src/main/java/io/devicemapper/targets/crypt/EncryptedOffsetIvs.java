package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The mode {@code eboiv}: the unit's place in bytes, as a little-endian number, encrypted by the cipher for the data: BitLocker's IV. */
final class EncryptedOffsetIvs implements IvGenerator {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MAX_UNITS = 256;

    private static final class Scratch {
        final byte[] offsets;
        final ByteBuffer zeroes;

        Scratch(int ivBytes) {
            offsets = new byte[MAX_UNITS * ivBytes];
            zeroes = ByteBuffer.allocate(MAX_UNITS * ivBytes);
        }
    }

    private final int unitBytes;
    private final SectorCipher cipher;
    private final ScratchPool<Scratch> pool;

    /**
     * A generator.
     *
     * @param unitBytes length of an encryption unit
     * @param cipher encrypts a block of zeroes with the place as its IV; closed with the generator
     */
    EncryptedOffsetIvs(int unitBytes, SectorCipher cipher) {
        this.unitBytes = unitBytes;
        this.cipher = cipher;
        this.pool = new ScratchPool<>(() -> new Scratch(cipher.ivBytes()));
    }

    @Override
    public void generate(long ivSector, int step, int units, byte[] ivs) {
        int ivBytes = cipher.ivBytes();
        int length = units * ivBytes;
        Scratch scratch = pool.borrow();
        Arrays.fill(scratch.offsets, 0, length, (byte) 0);
        long number = ivSector;
        for (int at = 0; at < length; at += ivBytes) {
            LONG.set(scratch.offsets, at, number * unitBytes);
            number += step;
        }
        cipher.encrypt(scratch.zeroes, 0, ByteBuffer.wrap(ivs), 0, length, ivBytes, scratch.offsets);
        pool.giveBack(scratch);
    }

    @Override
    public void close() {
        cipher.close();
        pool.close();
    }
}
