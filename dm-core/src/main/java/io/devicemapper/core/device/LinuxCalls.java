package io.devicemapper.core.device;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.nio.ByteBuffer;

/**
 * The Linux system calls that the JDK has no face for, bound by JNA. Buffers are direct; their position plays no part.
 *
 * <p>The only class that names those of JNA, so that all others load where it is missing.
 *
 * @see <a href="https://man7.org/linux/man-pages/dir_section_2.html">Linux manual pages, section 2</a>
 */
final class LinuxCalls {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_EXCL = 0x80;
    static final int O_CLOEXEC = 0x80000;

    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

    static final int FALLOC_FL_KEEP_SIZE = 0x01;
    static final int FALLOC_FL_PUNCH_HOLE = 0x02;
    static final int FALLOC_FL_ZERO_RANGE = 0x10;

    static final int SYNC_FILE_RANGE_WRITE = 2;

    static final int F_OFD_GETLK = 36;
    static final int F_OFD_SETLK = 37;

    static final long BLKDISCARD = 0x1277;

    static final int AT_EMPTY_PATH = 0x1000;
    static final int STATX_DIOALIGN = 0x2000;

    private LinuxCalls() {}

    /** A call that gives -1 and an errno, or another number. */
    interface Call {
        long run() throws LastErrorException;
    }

    /**
     * Binds the calls; to be called once, before any of them.
     *
     * @return false on another operating system, or one whose numbers and structures are not the ones used here
     * @throws LinkageError if JNA or a call is missing
     */
    static boolean bind() {
        boolean knownLayout =
                Native.POINTER_SIZE == 8 && (Platform.isIntel() || Platform.isARM() || Platform.isRISCV());
        if (!Platform.isLinux() || !knownLayout) {
            return false;
        }
        Native.register(LinuxCalls.class, Platform.C_LIBRARY_NAME);
        return true;
    }

    /** Makes a call, again if a signal ended it. */
    static long retry(String name, Call call) throws ErrnoException {
        while (true) {
            try {
                return call.run();
            } catch (LastErrorException e) {
                if (e.getErrorCode() != ErrnoException.EINTR) {
                    throw new ErrnoException(name, e.getErrorCode());
                }
            }
        }
    }

    /** {@code O_DIRECT}, which has another number on ARM. */
    static int directFlag() {
        return Platform.isARM() ? 0x10000 : 0x4000;
    }

    /** @param path in the file system's encoding, ended by a zero byte */
    static native int open(byte[] path, int flags) throws LastErrorException;

    static native int close(int fd) throws LastErrorException;

    static native long lseek(int fd, long offset, int whence) throws LastErrorException;

    static native int fallocate(int fd, int mode, long offset, long length) throws LastErrorException;

    static native int fdatasync(int fd) throws LastErrorException;

    static native int sync_file_range(int fd, long offset, long length, int flags) throws LastErrorException;

    static native long pread(int fd, ByteBuffer buffer, long count, long offset) throws LastErrorException;

    static native long pwrite(int fd, ByteBuffer buffer, long count, long offset) throws LastErrorException;

    static native int fcntl(int fd, int command, ByteBuffer flock) throws LastErrorException;

    static native int ioctl(int fd, long request, ByteBuffer argument) throws LastErrorException;

    /** In the words of the current locale, as the JDK's exceptions have them. */
    static native String strerror(int errno);

    static native int statx(int dirFd, byte[] path, int flags, int mask, ByteBuffer result) throws LastErrorException;
}
