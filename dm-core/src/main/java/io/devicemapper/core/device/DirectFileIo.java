package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * I/O past the page cache. Position, length and address must be aligned for that; payloads at other addresses go through aligned
 * buffers that are kept for the next one. The JDK wants everything aligned to the file system's block; disks with sectors of 512
 * bytes can do better, by a system call.
 */
final class DirectFileIo implements FileIo {
    private static final int BOUNCE_BYTES = 256 << 10;

    /** Bounds what is kept when many threads were at work once: 8 MiB. */
    private static final int MAX_KEPT = 32;

    private final InterruptSafeChannel channel;
    private final int channelAlignment;
    private final NativeFile unaligned;
    private final AtomicReferenceArray<ByteBuffer> kept = new AtomicReferenceArray<>(MAX_KEPT);

    /**
     * @param channel opened for direct I/O
     * @param channelAlignment what the channel wants
     * @param unaligned opened for direct I/O, for what is not aligned to that; null if nothing such will come
     */
    DirectFileIo(InterruptSafeChannel channel, int channelAlignment, NativeFile unaligned) {
        this.channel = channel;
        this.channelAlignment = channelAlignment;
        this.unaligned = unaligned;
    }

    @Override
    public void transfer(boolean write, ByteBuffer payload, long position) throws IOException {
        int begin = payload.position();
        int length = payload.remaining();
        if (isAligned(position, length)
                && payload.isDirect()
                && payload.alignmentOffset(begin, channelAlignment) == 0) {
            FileIo.fully(channel, write, payload.duplicate(), position);
            return;
        }
        ByteBuffer bounce = takeBounce();
        try {
            for (int done = 0; done < length; done += BOUNCE_BYTES) {
                int piece = Math.min(BOUNCE_BYTES, length - done);
                if (write) {
                    bounce.put(0, payload, begin + done, piece);
                }
                transferBounce(write, bounce, piece, position + done);
                if (!write) {
                    payload.put(begin + done, bounce, 0, piece);
                }
            }
        } finally {
            keep(bounce);
        }
    }

    @Override
    public void hasten(long position, long length) {
        // What was written waits nowhere.
    }

    private boolean isAligned(long position, int length) {
        return ((position | length) & (channelAlignment - 1)) == 0;
    }

    private void transferBounce(boolean write, ByteBuffer bounce, int length, long position) throws IOException {
        if (isAligned(position, length)) {
            FileIo.fully(channel, write, bounce.limit(length).position(0), position);
            bounce.clear();
            return;
        }
        for (int done = 0; done < length; ) {
            ByteBuffer rest = bounce.slice(done, length - done);
            int moved = write
                    ? unaligned.pwrite(rest, length - done, position + done)
                    : unaligned.pread(rest, length - done, position + done);
            FileIo.requireProgress(write, moved, position + done);
            done += moved;
        }
    }

    private ByteBuffer takeBounce() {
        for (int i = 0; i < MAX_KEPT; i++) {
            if (kept.get(i) != null) {
                ByteBuffer bounce = kept.getAndSet(i, null);
                if (bounce != null) {
                    return bounce;
                }
            }
        }
        return ByteBuffer.allocateDirect(BOUNCE_BYTES + channelAlignment)
                .alignedSlice(channelAlignment)
                .slice(0, BOUNCE_BYTES);
    }

    private void keep(ByteBuffer bounce) {
        bounce.clear();
        for (int i = 0; i < MAX_KEPT; i++) {
            if (kept.get(i) == null && kept.compareAndSet(i, null, bounce)) {
                return;
            }
        }
    }
}
