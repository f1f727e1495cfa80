package io.devicemapper.targets.crypt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * AES-XTS at the speed of the block cipher's ECB mode, which the JVM has intrinsics for: as many units as {@link #CHUNK_BYTES} hold
 * share one call that encrypts their IVs, one pass that makes all tweaks and adds them, one call over all blocks, and one more pass.
 *
 * <p>The chunk is the size at which all that a chunk touches stays in the first-level cache; larger ones measured slower.
 *
 * @see XtsMode XtsMode, which does the same in the plainest way
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38E">NIST SP 800-38E</a>
 */
final class AesXtsCipher extends SectorCipher {
    static final int CHUNK_BYTES = 4096;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MIN_UNIT_BYTES = 512;

    /** Tweaks of neighbouring spans are this many doublings apart. */
    private static final int SPAN_BLOCKS = XtsPasses.SPAN_BYTES / IV_BYTES;

    private final XtsPasses passes;
    private final ScratchPool<Scratch> pool;

    private static final class Scratch {
        final BlockCipher data;
        final BlockCipher tweak;
        final byte[] firstTweaks = new byte[CHUNK_BYTES / MIN_UNIT_BYTES * IV_BYTES];
        final long[] tweaks = new long[CHUNK_BYTES / Long.BYTES];
        final byte[] in = new byte[CHUNK_BYTES];
        final byte[] out = new byte[CHUNK_BYTES];

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
        int unitsAtOnce = CHUNK_BYTES / unitBytes;
        Scratch scratch = pool.borrow();
        for (int at = 0, unit = 0; at < length; unit += unitsAtOnce) {
            int units = Math.min(unitsAtOnce, (length - at) / unitBytes);
            int bytes = units * unitBytes;
            firstTweaks(scratch, ivs, unit, units, unitBytes);
            before(scratch, source, sourcePosition + at, bytes);
            if (encrypts) {
                scratch.data.encrypt(scratch.in, 0, scratch.out, 0, bytes);
            } else {
                scratch.data.decrypt(scratch.in, 0, scratch.out, 0, bytes);
            }
            after(scratch, target, targetPosition + at, bytes);
            at += bytes;
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

    /** Puts the first tweak of each span where {@link XtsPasses#before} expects it. */
    private static void firstTweaks(Scratch scratch, byte[] ivs, int firstUnit, int units, int unitBytes) {
        scratch.tweak.encrypt(ivs, firstUnit * IV_BYTES, scratch.firstTweaks, 0, units * IV_BYTES);
        int spansInUnit = unitBytes / XtsPasses.SPAN_BYTES;
        int at = 0;
        for (int unit = 0; unit < units; unit++) {
            long low = (long) LONG.get(scratch.firstTweaks, unit * IV_BYTES);
            long high = (long) LONG.get(scratch.firstTweaks, unit * IV_BYTES + Long.BYTES);
            for (int span = 0; span < spansInUnit; span++) {
                scratch.tweaks[at] = low;
                scratch.tweaks[at + 1] = high;
                at += XtsPasses.SPAN_LONGS;
                // Times x^32. The product of 32 bits with x^7 + x^2 + x + 1 fits into the lower half.
                long carry = high >>> (Long.SIZE - SPAN_BLOCKS);
                high = high << SPAN_BLOCKS | low >>> (Long.SIZE - SPAN_BLOCKS);
                low = low << SPAN_BLOCKS ^ carry ^ carry << 1 ^ carry << 2 ^ carry << 7;
            }
        }
    }

    /** Each pass is called at one place alone, which leaves the compiler half as much to inline. */
    private void before(Scratch scratch, ByteBuffer source, int position, int bytes) {
        byte[] input = scratch.in;
        int inputOffset = 0;
        if (source.hasArray()) {
            input = source.array();
            inputOffset = source.arrayOffset() + position;
        } else {
            source.get(position, input, 0, bytes);
        }
        passes.before(scratch.tweaks, input, inputOffset, scratch.in, bytes);
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
