package io.devicemapper.core.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;

/**
 * A {@link FileChannel} that outlives interrupts. The JDK closes a channel for everybody when a thread with a pending interrupt
 * uses it. So the interrupt is put aside during I/O; where one arrives in mid-I/O, the channel is opened again, and each of the
 * transfers that it broke off is carried out again by its own thread, whose system call has returned by then.
 *
 * <p>Not for fsync, whose error could get lost in the reopening.
 *
 * <p>Safe for use by several threads.
 */
final class InterruptSafeChannel implements Closeable {
    /** Opens the same file each time, or fails. */
    interface Opener {
        FileChannel open() throws IOException;
    }

    private final Opener opener;
    private final Object reopening = new Object();
    private volatile FileChannel channel;
    private boolean closed;

    InterruptSafeChannel(Opener opener) throws IOException {
        this.opener = opener;
        this.channel = opener.open();
    }

    /**
     * Reads into, or writes from, a buffer from its position on, which moves. May transfer less than what remains.
     *
     * @return the number of bytes; -1 for a read behind the end
     */
    int transfer(boolean write, ByteBuffer buffer, long position) throws IOException {
        int begin = buffer.position();
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                FileChannel current = channel;
                try {
                    return write ? current.write(buffer, position) : current.read(buffer, position);
                } catch (ClosedChannelException e) {
                    buffer.position(begin);
                    interrupted |= Thread.interrupted();
                    reopen(current, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void reopen(FileChannel broken, ClosedChannelException cause) throws IOException {
        synchronized (reopening) {
            if (closed) {
                throw cause;
            }
            if (channel == broken) {
                channel = opener.open();
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (reopening) {
            closed = true;
            channel.close();
        }
    }
}
