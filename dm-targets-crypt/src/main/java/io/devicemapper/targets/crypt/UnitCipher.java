package io.devicemapper.targets.crypt;

import java.nio.ByteBuffer;
import java.util.function.Supplier;

/** A {@link SectorCipher} that does one unit after the other, in scratch arrays. */
final class UnitCipher extends SectorCipher {
    /** The longest unit in bytes. */
    static final int MAX_UNIT_BYTES = 4096;

    /** One unit's encryption in arrays. For one thread at a time. */
    interface Mode {
        /** Encrypts the first {@code length} bytes of {@code in}, which may change, into {@code out}. */
        void encrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset);

        /** Decrypts; as {@link #encrypt}. */
        void decrypt(byte[] in, byte[] out, int length, byte[] ivs, int ivOffset);
    }

    private static final class Scratch {
        final Mode mode;
        final byte[] in = new byte[MAX_UNIT_BYTES];
        final byte[] out = new byte[MAX_UNIT_BYTES];

        Scratch(Mode mode) {
            this.mode = mode;
        }
    }

    private final int ivBytes;
    private final Runnable onClose;
    private final ScratchPool<Scratch> pool;

    /**
     * A cipher.
     *
     * @param modes makes one for each thread
     */
    UnitCipher(int ivBytes, Supplier<Mode> modes) {
        this(ivBytes, modes, () -> {});
    }

    /**
     * A cipher that has derived keys of its own.
     *
     * @param onClose wipes them
     */
    UnitCipher(int ivBytes, Supplier<Mode> modes, Runnable onClose) {
        this.ivBytes = ivBytes;
        this.onClose = onClose;
        this.pool = new ScratchPool<>(() -> new Scratch(modes.get()));
    }

    @Override
    int ivBytes() {
        return ivBytes;
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
        for (int at = 0, iv = 0; at < length; at += unitBytes, iv += ivBytes) {
            source.get(sourcePosition + at, scratch.in, 0, unitBytes);
            scratch.mode.encrypt(scratch.in, scratch.out, unitBytes, ivs, iv);
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
        for (int at = 0, iv = 0; at < length; at += unitBytes, iv += ivBytes) {
            source.get(sourcePosition + at, scratch.in, 0, unitBytes);
            scratch.mode.decrypt(scratch.in, scratch.out, unitBytes, ivs, iv);
            target.put(targetPosition + at, scratch.out, 0, unitBytes);
        }
        pool.giveBack(scratch);
    }

    @Override
    public void close() {
        pool.close();
        onClose.run();
    }
}
