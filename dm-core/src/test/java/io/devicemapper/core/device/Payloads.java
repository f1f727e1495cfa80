package io.devicemapper.core.device;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Buffers and bios for tests. */
final class Payloads {
    /** How many kinds {@link #ofKind} knows. */
    static final int KINDS = 4;

    private Payloads() {}

    static long newSeed(String test) {
        long seed = System.nanoTime();
        System.out.println(test + ": seed " + seed);
        return seed;
    }

    static byte[] randomBytes(Random random, int sectors) {
        byte[] bytes = new byte[sectors * Bio.SECTOR_SIZE];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] bytesOf(int sectors, byte value) {
        byte[] bytes = new byte[sectors * Bio.SECTOR_SIZE];
        Arrays.fill(bytes, value);
        return bytes;
    }

    static ByteBuffer filled(int sectors, byte value) {
        return ByteBuffer.wrap(bytesOf(sectors, value));
    }

    /** A buffer with that content: direct and aligned, direct at an odd address, heap, or read-only where that may be. */
    static ByteBuffer ofKind(int kind, byte[] content, boolean mayBeReadOnly) {
        ByteBuffer buffer =
                switch (kind) {
                    case 0 -> ByteBuffer.allocateDirect(content.length + 8192).alignedSlice(4096);
                    case 1 ->
                        ByteBuffer.allocateDirect(content.length + 8192)
                                .alignedSlice(4096)
                                .position(13);
                    case 2 -> ByteBuffer.allocate(content.length + 100).position(37);
                    default -> ByteBuffer.allocate(content.length);
                };
        buffer.limit(buffer.position() + content.length);
        buffer.put(buffer.position(), content);
        return kind == 3 && mayBeReadOnly ? buffer.asReadOnlyBuffer() : buffer;
    }

    static byte[] read(BlockDevice device, long sector, int sectors) throws BlockIoException {
        byte[] bytes = new byte[sectors * Bio.SECTOR_SIZE];
        device.read(sector, ByteBuffer.wrap(bytes));
        return bytes;
    }

    /** Submits a bio, waits for its end, and fails if it ends twice. */
    static BioStatus submit(BlockDevice device, BioOp op, int flags, long sector, long sectors, ByteBuffer payload)
            throws InterruptedException {
        CompletableFuture<BioStatus> ended = new CompletableFuture<>();
        device.submit(Bio.of(op, flags, sector, sectors, payload, (bio, status) -> ended.complete(status)));
        try {
            return ended.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(op + " did not end", e);
        }
    }
}
