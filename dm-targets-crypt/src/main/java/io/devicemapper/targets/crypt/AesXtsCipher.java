package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * AES-XTS at the speed of the block cipher's ECB mode, which the JVM has intrinsics for: all units share one call that encrypts their IVs. As many of them as
 * {@link #CHUNK_BYTES} hold share one pass that makes all tweaks and adds them, one call over all blocks, and one more pass.
 *
 * <p>The chunk is the size at which all that a chunk touches stays in the first-level cache; larger and smaller ones measured slower.
 *
 * @see XtsMode XtsMode, which does the same in the plainest way
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38E">NIST SP 800-38E</a>
 */
final class AesXtsCipher extends SectorCipher {
    static final int CHUNK_BYTES = 4096;

    private static final int MIN_UNIT_BYTES = 512;

    private final XtsPasses passes;
    private final ScratchPool<Scratch> pool;

    private static final class Scratch {
        final BlockCipher data;
        final BlockCipher tweak;
        final XtsTweaks tweaks = new XtsTweaks();
        final byte[] in = new byte[CHUNK_BYTES + XtsTweaks.APART_BYTES];
        final byte[] out = new byte[CHUNK_BYTES + XtsTweaks.APART_BYTES];

        Scratch(BlockCipher data, BlockCipher tweak) {
            this.data = data;
            this.tweak = tweak;
        }
    }

    /**
     * AES-XTS.
     *
     * @param data makes ciphers under the first half of the key, of 16-byte blocks
     * @param tweak makes ciphers under the second half
     */
    AesXtsCipher(XtsPasses passes, Supplier<BlockCipher> data, Supplier<BlockCipher> tweak) {
        this.passes = passes;
        this.pool = new ScratchPool<>(() -> new Scratch(data.get(), tweak.get()));
    }

    @Override
    String description() {
        return "AES-XTS, engine " + passes.name();
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
        crypt(true, source, sourcePosition, target, targetPosition, length, unitBytes, ivs);
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
        crypt(false, source, sourcePosition, target, targetPosition, length, unitBytes, ivs);
    }

    private void crypt(
            boolean encrypts,
            ByteBuffer source,
            int sourcePosition,
            ByteBuffer target,
            int targetPosition,
            int length,
            int unitBytes,
            byte[] ivs) {
        checkUnits(unitBytes, length);
        // Behind a buffer is an array that may be longer than the buffer.
        Objects.checkFromIndexSize(sourcePosition, length, source.limit());
        Objects.checkFromIndexSize(targetPosition, length, target.limit());
        Scratch scratch = pool.borrow();
        int unitsAtOnce = CHUNK_BYTES / unitBytes;
        int units = length / unitBytes;
        for (int unit = 0; unit < units; unit += XtsTweaks.MAX_UNITS) {
            int batch = Math.min(XtsTweaks.MAX_UNITS, units - unit);
            scratch.tweak.encrypt(ivs, unit * IV_BYTES, scratch.tweaks.ofUnits, 0, batch * IV_BYTES);
            for (int inBatch = 0; inBatch < batch; inBatch += unitsAtOnce) {
                int at = (unit + inBatch) * unitBytes;
                int bytes = Math.min(unitsAtOnce, batch - inBatch) * unitBytes;
                before(scratch, inBatch, unitBytes, source, sourcePosition + at, bytes);
                if (encrypts) {
                    scratch.data.encrypt(scratch.in, 0, scratch.out, 0, bytes);
                } else {
                    scratch.data.decrypt(scratch.in, 0, scratch.out, 0, bytes);
                }
                after(scratch, target, targetPosition + at, bytes);
            }
        }
        pool.giveBack(scratch);
    }

    private static void checkUnits(int unitBytes, int length) {
        if (unitBytes < MIN_UNIT_BYTES || unitBytes > CHUNK_BYTES || unitBytes % MIN_UNIT_BYTES != 0) {
            throw new IllegalArgumentException("a unit of " + unitBytes + " bytes; expected a multiple of "
                    + MIN_UNIT_BYTES + " up to " + CHUNK_BYTES);
        }
        if (length < 0 || length % unitBytes != 0) {
            throw new IllegalArgumentException(length + " bytes are no whole number of units of " + unitBytes);
        }
    }

    /** Each pass is called at one place alone, which leaves the compiler half as much to inline. */
    private void before(Scratch scratch, int firstUnit, int unitBytes, ByteBuffer source, int position, int bytes) {
        byte[] input = scratch.in;
        int inputOffset = 0;
        if (source.hasArray()) {
            input = source.array();
            inputOffset = source.arrayOffset() + position;
        } else {
            source.get(position, input, 0, bytes);
        }
        passes.before(scratch.tweaks, firstUnit, unitBytes, input, inputOffset, scratch.in, bytes);
    }

    private void after(Scratch scratch, ByteBuffer target, int position, int bytes) {
        boolean hasArray = target.hasArray();
        byte[] output = hasArray ? target.array() : scratch.out;
        int outputOffset = hasArray ? target.arrayOffset() + position : 0;
        passes.after(scratch.out, scratch.tweaks, output, outputOffset, bytes);
        if (!hasArray) {
            target.put(position, output, 0, bytes);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
