package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.ByteBuffer;

/** I/O through the host's page cache. */
final class BufferedFileIo implements FileIo {
    /**
     * The JDK copies heap buffers through a direct one as large as the transfer, which the thread then keeps. Longer transfers
     * gain nothing.
     */
    private static final int MAX_HEAP_TRANSFER_BYTES = 1 << 20;

    private final InterruptSafeChannel channel;
    private final NativeFile nativeFile;

    /**
     * @param channel to the file
     * @param nativeFile the same file, or null where system calls are not to be had
     */
    BufferedFileIo(InterruptSafeChannel channel, NativeFile nativeFile) {
        this.channel = channel;
        this.nativeFile = nativeFile;
    }

    @Override
    public void transfer(boolean write, ByteBuffer payload, long position) throws IOException {
        ByteBuffer own = payload.duplicate();
        int end = payload.limit();
        int maxBytes = payload.isDirect() ? Integer.MAX_VALUE : MAX_HEAP_TRANSFER_BYTES;
        while (own.position() < end) {
            int length = Math.min(end - own.position(), maxBytes);
            own.limit(own.position() + length);
            FileIo.fully(channel, write, own, position);
            position += length;
        }
    }

    @Override
    public void hasten(long position, long length) throws IOException {
        if (nativeFile == null) {
            return;
        }
        try {
            nativeFile.beginWriteBack(position, length);
        } catch (ErrnoException e) {
            // Some sandboxes do not know this call. The next flush writes it then, or tells why it cannot.
        }
    }
}
