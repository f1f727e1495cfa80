package io.devicemapper.core.device;

import java.io.IOException;
import java.util.Map;

/** A system call failed. */
final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1L;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int ENOSPC = 28;
    static final int EROFS = 30;
    static final int ENOSYS = 38;
    static final int EOPNOTSUPP = 95;
    static final int EDQUOT = 122;

    private static final Map<Integer, String> TEXTS = Map.of(
            EPERM, "operation not permitted",
            ENOENT, "no such file",
            EACCES, "permission denied",
            EBUSY, "in use by the kernel",
            EINVAL, "invalid argument",
            ENOSPC, "no space left on device",
            EROFS, "read-only file system",
            EOPNOTSUPP, "operation not supported",
            EDQUOT, "disk quota exceeded");

    private final int errno;

    ErrnoException(String call, int errno) {
        super(call + ": " + TEXTS.getOrDefault(errno, "error") + " (errno " + errno + ")");
        this.errno = errno;
    }

    int errno() {
        return errno;
    }

    /** What went wrong, without the name of the call. */
    String text() {
        return TEXTS.getOrDefault(errno, "error " + errno);
    }

    /** Whether the kernel, file system or disk has no such operation. */
    boolean isUnsupported() {
        return errno == EOPNOTSUPP || errno == ENOSYS || errno == ENOTTY;
    }
}
