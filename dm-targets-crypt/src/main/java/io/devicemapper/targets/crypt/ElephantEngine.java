package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * BitLocker's AES-CBC with the Elephant diffuser: before it is encrypted, the plaintext is XORed with a key of its sector and then stirred, word by word, by
 * two diffusers, so that a change of one bit of ciphertext spoils the whole unit.
 *
 * @see <a href="https://css.csail.mit.edu/6.858/2012/readings/bitlocker.pdf">Ferguson: AES-CBC + Elephant diffuser</a>
 */
final class ElephantEngine extends UnitEngine {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int[] ROTATIONS_A = {9, 0, 13, 0};
    private static final int[] ROTATIONS_B = {0, 10, 0, 25};
    private static final int ROUNDS_A = 5;
    private static final int ROUNDS_B = 3;
    private static final int SECTOR_KEY_BYTES = 32;
    private static final int BLOCK_BYTES = 16;

    private final CryptEngine cbc;
    private final ScratchPool<BlockCipher> sectorKeyCiphers;

    /**
     * An engine.
     *
     * @param cbc encrypts the stirred plaintext; closed with this engine
     * @param key makes the sector keys: 16, 24 or 32 bytes
     */
    ElephantEngine(UnitNumbering numbering, CryptEngine cbc, KeyMaterial key) {
        super(numbering);
        this.cbc = cbc;
        this.sectorKeyCiphers = new ScratchPool<>(() -> JdkBlockAlgorithm.AES.create(key));
    }

    @Override
    void encryptUnit(Scratch scratch, long sector) {
        int bytes = numbering().unitBytes();
        xorSectorKey(scratch, sector);
        // Each is undone from the last word to the first, so here the last word comes first.
        for (int round = 0; round < ROUNDS_A; round++) {
            diffuseBack(scratch.unit, bytes, -2, -5, ROTATIONS_A);
        }
        for (int round = 0; round < ROUNDS_B; round++) {
            diffuseBack(scratch.unit, bytes, 2, 5, ROTATIONS_B);
        }
        cbc.encrypt(scratch.unitBuffer, 0, scratch.unitBuffer, 0, bytes, sector);
    }

    @Override
    void decryptUnit(Scratch scratch, long sector) {
        int bytes = numbering().unitBytes();
        cbc.decrypt(scratch.unitBuffer, 0, scratch.unitBuffer, 0, bytes, sector);
        for (int round = 0; round < ROUNDS_B; round++) {
            diffuse(scratch.unit, bytes, 2, 5, ROTATIONS_B);
        }
        for (int round = 0; round < ROUNDS_A; round++) {
            diffuse(scratch.unit, bytes, -2, -5, ROTATIONS_A);
        }
        xorSectorKey(scratch, sector);
    }

    private static void diffuse(byte[] unit, int bytes, int near, int far, int[] rotations) {
        int mask = bytes / Integer.BYTES - 1;
        for (int i = 0; i <= mask; i++) {
            put(unit, i, word(unit, i) + mixed(unit, i, mask, near, far, rotations));
        }
    }

    private static void diffuseBack(byte[] unit, int bytes, int near, int far, int[] rotations) {
        int mask = bytes / Integer.BYTES - 1;
        for (int i = mask; i >= 0; i--) {
            put(unit, i, word(unit, i) - mixed(unit, i, mask, near, far, rotations));
        }
    }

    private static int mixed(byte[] unit, int i, int mask, int near, int far, int[] rotations) {
        return word(unit, (i + near) & mask) ^ Integer.rotateLeft(word(unit, (i + far) & mask), rotations[i & 3]);
    }

    private static int word(byte[] unit, int index) {
        return (int) INT.get(unit, index * Integer.BYTES);
    }

    private static void put(byte[] unit, int index, int value) {
        INT.set(unit, index * Integer.BYTES, value);
    }

    private void xorSectorKey(Scratch scratch, long sector) {
        byte[] block = scratch.block;
        Arrays.fill(block, (byte) 0);
        long place = numbering().ivSector(sector) * numbering().unitBytes();
        LONG.set(block, 0, place);
        LONG.set(block, BLOCK_BYTES, place);
        block[SECTOR_KEY_BYTES - 1] = (byte) 0x80;
        BlockCipher cipher = sectorKeyCiphers.borrow();
        cipher.encrypt(block, 0, block, SECTOR_KEY_BYTES, SECTOR_KEY_BYTES);
        sectorKeyCiphers.giveBack(cipher);
        int length = numbering().unitBytes();
        for (int i = 0; i < length; i++) {
            scratch.unit[i] ^= block[SECTOR_KEY_BYTES + (i & (SECTOR_KEY_BYTES - 1))];
        }
    }

    @Override
    String description() {
        return cbc.description();
    }

    @Override
    public void close() {
        super.close();
        cbc.close();
        sectorKeyCiphers.close();
    }
}
