package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Moves bytes between a file and payloads. Safe for use by several threads. */
interface FileIo {
    /**
     * Reads or writes all from the payload's position to its limit, which stay where they are.
     *
     * @param position first byte in the file
     * @throws IOException if not all could be moved
     */
    void transfer(boolean write, ByteBuffer payload, long position) throws IOException;

    /** Sends what was written to a range on its way to the disk, if it is not there yet, and does not wait. Does what it can. */
    void hasten(long position, long length) throws IOException;

    /**
     * Moves all that remains in a buffer of the caller's own, whose position moves.
     *
     * @throws IOException if not all could be moved
     */
    static void fully(InterruptSafeChannel channel, boolean write, ByteBuffer buffer, long position)
            throws IOException {
        while (buffer.hasRemaining()) {
            int moved = channel.transfer(write, buffer, position);
            requireProgress(write, moved, position);
            position += moved;
        }
    }

    /** Fails where a call moved nothing: the file has shrunk, say. */
    static void requireProgress(boolean write, int moved, long position) throws IOException {
        if (moved <= 0) {
            throw new IOException(
                    (write ? "nothing could be written at byte " : "the file ends before byte ") + position);
        }
    }
}
