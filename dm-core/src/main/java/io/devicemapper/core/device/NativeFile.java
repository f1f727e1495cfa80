package io.devicemapper.core.device;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor of our own on Linux, for what the JDK has no face for. No call on it is ended by an interrupt.
 *
 * <p>Safe for use by several threads. The descriptor is closed when {@link #close} was called and the last call under way has
 * returned, so that no call ever meets a number that stands for another file by then.
 */
final class NativeFile implements Closeable {
    /** Whether this system has what this class needs; where it hasn't, devices do with what the JDK offers. */
    static final boolean AVAILABLE = bind();

    /** Offset of {@code stx_dio_offset_align} in {@code struct statx}. */
    private static final int STATX_DIO_OFFSET_ALIGN = 0x9c;

    private static final int STATX_BYTES = 256;

    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Calls under way, and one more until {@link #close}. */
    private final AtomicInteger users = new AtomicInteger(1);

    private NativeFile(int fd) {
        this.fd = fd;
    }

    private static boolean bind() {
        try {
            return LinuxCalls.bind();
        } catch (LinkageError | RuntimeException e) {
            System.getLogger(NativeFile.class.getName())
                    .log(
                            System.Logger.Level.INFO,
                            () -> "no system calls through JNA (" + (e.getCause() == null ? e : e.getCause())
                                    + "): file devices do without discard, holes and open-file-description locks");
            return false;
        }
    }

    /**
     * Opens an existing file.
     *
     * @param flags of {@link LinuxCalls}, to which close-on-exec is added
     */
    static NativeFile open(Path path, int flags) throws ErrnoException {
        Charset encoding = Charset.forName(System.getProperty("sun.jnu.encoding"));
        byte[] name = (path + "\0").getBytes(encoding);
        return new NativeFile((int)
                LinuxCalls.retry("open", () -> LinuxCalls.open(name, flags | LinuxCalls.O_CLOEXEC)));
    }

    private long call(String name, LinuxCalls.Call call) throws ClosedChannelException, ErrnoException {
        if (users.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
            throw new ClosedChannelException();
        }
        try {
            return LinuxCalls.retry(name, call);
        } finally {
            release();
        }
    }

    private void release() {
        if (users.decrementAndGet() == 0) {
            LinuxCalls.close(fd);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release();
        }
    }

    /** A path that leads to this very file, even if it was renamed or deleted since. */
    Path path() {
        return Path.of("/proc/self/fd/" + fd);
    }

    void fdatasync() throws ClosedChannelException, ErrnoException {
        call("fdatasync", () -> LinuxCalls.fdatasync(fd));
    }

    /**
     * Begins to write what the page cache holds of a range to the disk, and does not wait for the end. What fails there is left for the next
     * {@link #fdatasync} to tell.
     */
    void beginWriteBack(long position, long length) throws ClosedChannelException, ErrnoException {
        call(
                "sync_file_range",
                () -> LinuxCalls.sync_file_range(fd, position, length, LinuxCalls.SYNC_FILE_RANGE_WRITE));
    }

    /** Gives the range back to the file system; it reads as zeroes from then on. */
    void punchHole(long position, long length) throws ClosedChannelException, ErrnoException {
        fallocate(LinuxCalls.FALLOC_FL_PUNCH_HOLE, position, length);
    }

    /** Makes the range read as zeroes and keeps or makes it allocated. */
    void zeroRange(long position, long length) throws ClosedChannelException, ErrnoException {
        fallocate(LinuxCalls.FALLOC_FL_ZERO_RANGE, position, length);
    }

    private void fallocate(int mode, long position, long length) throws ClosedChannelException, ErrnoException {
        call("fallocate", () -> LinuxCalls.fallocate(fd, mode | LinuxCalls.FALLOC_FL_KEEP_SIZE, position, length));
    }

    /** The first byte of data at or behind a position, or -1 if there is none up to the end of the file. */
    long nextData(long position) throws ClosedChannelException, ErrnoException {
        return seek(position, LinuxCalls.SEEK_DATA);
    }

    /** The first byte of a hole at or behind a position; the end of the file counts as one. -1 if the position is behind it. */
    long nextHole(long position) throws ClosedChannelException, ErrnoException {
        return seek(position, LinuxCalls.SEEK_HOLE);
    }

    private long seek(long position, int whence) throws ClosedChannelException, ErrnoException {
        try {
            return call("lseek", () -> LinuxCalls.lseek(fd, position, whence));
        } catch (ErrnoException e) {
            if (e.errno() == ErrnoException.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    /** Reads into the buffer from its begin on; returns the number of bytes, 0 at the end of the file. */
    int pread(ByteBuffer buffer, int length, long position) throws ClosedChannelException, ErrnoException {
        return (int) call("pread", () -> LinuxCalls.pread(fd, buffer, length, position));
    }

    /** Writes from the buffer's begin on; returns the number of bytes. */
    int pwrite(ByteBuffer buffer, int length, long position) throws ClosedChannelException, ErrnoException {
        return (int) call("pwrite", () -> LinuxCalls.pwrite(fd, buffer, length, position));
    }

    /**
     * Sets or clears a lock of this open file description on one byte.
     *
     * @return false if another open file has a conflicting lock
     */
    boolean setLock(LockType type, long position) throws ClosedChannelException, ErrnoException {
        try {
            call("fcntl", () -> LinuxCalls.fcntl(fd, LinuxCalls.F_OFD_SETLK, type.flock(position)));
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == ErrnoException.EAGAIN || e.errno() == ErrnoException.EACCES) {
                return false;
            }
            throw e;
        }
    }

    /** Whether another open file has any lock on that byte. */
    boolean isLockedByOthers(long position) throws ClosedChannelException, ErrnoException {
        ByteBuffer flock = LockType.WRITE.flock(position);
        call("fcntl", () -> LinuxCalls.fcntl(fd, LinuxCalls.F_OFD_GETLK, flock));
        return flock.getShort(0) != LockType.NONE.number;
    }

    /** Tells a block device that a range is no longer needed. */
    void discardBlocks(long position, long length) throws ClosedChannelException, ErrnoException {
        ByteBuffer range = nativeBuffer(2 * Long.BYTES).putLong(0, position).putLong(Long.BYTES, length);
        call("ioctl", () -> LinuxCalls.ioctl(fd, LinuxCalls.BLKDISCARD, range));
    }

    /** The alignment of direct I/O on this file, in bytes; 0 if there is none, or the kernel (before 6.1) does not tell. */
    int directIoAlignment() throws ClosedChannelException {
        ByteBuffer result = nativeBuffer(STATX_BYTES);
        try {
            call(
                    "statx",
                    () -> LinuxCalls.statx(
                            fd, new byte[1], LinuxCalls.AT_EMPTY_PATH, LinuxCalls.STATX_DIOALIGN, result));
        } catch (ErrnoException e) {
            return 0;
        }
        boolean told = (result.getInt(0) & LinuxCalls.STATX_DIOALIGN) != 0;
        return told ? result.getInt(STATX_DIO_OFFSET_ALIGN) : 0;
    }

    private static ByteBuffer nativeBuffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** The kinds of a lock, with the numbers of {@code struct flock}. */
    enum LockType {
        READ(0),
        WRITE(1),
        NONE(2);

        private static final int FLOCK_BYTES = 32;
        private static final int FLOCK_START = 8;
        private static final int FLOCK_LENGTH = 16;

        private final short number;

        LockType(int number) {
            this.number = (short) number;
        }

        /** {@code struct flock} of a 64-bit Linux for one byte, counted from the begin of the file; the pid stays 0. */
        private ByteBuffer flock(long position) {
            return nativeBuffer(FLOCK_BYTES)
                    .putShort(0, number)
                    .putLong(FLOCK_START, position)
                    .putLong(FLOCK_LENGTH, 1);
        }
    }
}
