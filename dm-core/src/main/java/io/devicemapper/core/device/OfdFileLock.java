package io.devicemapper.core.device;

import io.devicemapper.core.device.NativeFile.LockType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A lock by open file description, which closing other descriptors of the file in this process does not release, in the scheme of
 * QEMU's image locking, so that QEMU and we keep out of each other's files: a shared lock on one byte for each thing that we do, and
 * on another byte for each thing that others may not do meanwhile; then a look at whether others hold the opposite bytes. Only
 * shared locks are set, for which a descriptor for reading will do. Of two processes that come at the same moment both may be
 * refused, but never both let in.
 *
 * @see <a href="https://www.qemu.org/docs/master/system/images.html#disk-image-file-locking">QEMU: disk image file locking</a>
 */
final class OfdFileLock implements FileLock {
    /** Byte {@code 100 + p} is locked by those who use permission p, byte {@code 200 + p} by those who forbid it to others. */
    private static final long USED = 100;

    private static final long FORBIDDEN = 200;
    private static final int CONSISTENT_READ = 0;
    private static final int WRITE = 1;
    private static final int RESIZE = 3;

    private static final List<Long> READER_BYTES =
            List.of(USED + CONSISTENT_READ, FORBIDDEN + WRITE, FORBIDDEN + RESIZE);
    private static final List<Long> READER_OPPOSITES =
            List.of(USED + WRITE, USED + RESIZE, FORBIDDEN + CONSISTENT_READ);

    /** A writer has the file for itself: what others read meanwhile would be neither the old nor the new content. */
    private static final List<Long> WRITER_BYTES = List.of(USED + WRITE, FORBIDDEN + CONSISTENT_READ);

    private static final List<Long> WRITER_OPPOSITES = List.of(FORBIDDEN + WRITE, USED + CONSISTENT_READ);

    private final Path file;
    private final boolean blockDevice;
    private final NativeFile descriptor;

    /** Claims a block device of the host, so that it cannot be mounted meanwhile; null without a writer. */
    private NativeFile claim;

    private boolean reading;

    OfdFileLock(Path file, boolean blockDevice) throws IOException {
        this.file = file;
        this.blockDevice = blockDevice;
        try {
            this.descriptor = NativeFile.open(file, LinuxCalls.O_RDONLY);
        } catch (ErrnoException e) {
            throw IoErrors.cannotOpen(file, e);
        }
    }

    @Override
    public void lock(boolean writing) throws IOException {
        if (!reading) {
            take(READER_BYTES, READER_OPPOSITES);
            reading = true;
        }
        if (writing) {
            take(WRITER_BYTES, WRITER_OPPOSITES);
            if (blockDevice) {
                claimBlockDevice();
            }
        }
    }

    private void take(List<Long> bytes, List<Long> opposites) throws IOException {
        boolean free = true;
        try {
            for (long position : bytes) {
                free &= descriptor.setLock(LockType.READ, position);
            }
            for (long position : opposites) {
                free &= !descriptor.isLockedByOthers(position);
            }
        } catch (ErrnoException e) {
            throw new IOException(file + ": cannot be locked: " + e.getMessage(), e);
        }
        if (!free) {
            release(bytes);
            throw new IOException(file + ": in use by " + LockHolder.describe(file));
        }
    }

    private void release(List<Long> bytes) throws IOException {
        for (long position : bytes) {
            descriptor.setLock(LockType.NONE, position);
        }
    }

    private void claimBlockDevice() throws IOException {
        try {
            claim = NativeFile.open(file, LinuxCalls.O_RDWR | LinuxCalls.O_EXCL);
        } catch (ErrnoException e) {
            release(WRITER_BYTES);
            if (e.errno() == ErrnoException.EBUSY) {
                throw new IOException(file + ": in use by the kernel: mounted, or part of another device", e);
            }
            throw IoErrors.cannotOpen(file, e);
        }
    }

    @Override
    public void lower() throws IOException {
        release(WRITER_BYTES);
        if (claim != null) {
            claim.close();
            claim = null;
        }
    }

    @Override
    public void restore() {
        // Nothing that other descriptors do touches this one's locks.
    }

    @Override
    public NativeFile claim() {
        return claim;
    }

    @Override
    public void close() {
        if (claim != null) {
            claim.close();
        }
        descriptor.close();
    }
}
