package io.devicemapper.core.device;

import io.devicemapper.block.Bio;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import java.io.IOException;

/**
 * Which parts of a file take space: holes are found, made and filled by system calls. Without those, or where the file system
 * lacks them, everything is data and nothing can be freed.
 *
 * <p>Safe for use by several threads.
 */
final class FileSpace {
    private final NativeFile file;
    private final boolean blockDevice;
    private final boolean canDiscard;

    /** Becomes false with the first answer that says so. */
    private volatile boolean canPunch;

    private volatile boolean canZeroRange;

    private FileSpace(NativeFile file, boolean blockDevice, boolean canDiscard, boolean canPunch) {
        this.file = file;
        this.blockDevice = blockDevice;
        this.canDiscard = canDiscard;
        this.canPunch = canPunch;
        this.canZeroRange = file != null;
    }

    /** @param file opened for writing, or null where there are no system calls, or nothing may be changed */
    static FileSpace ofRegularFile(NativeFile file, boolean readOnly, long bytes) {
        boolean canPunch = file != null && !readOnly && punchesHoles(file, bytes);
        return new FileSpace(file, false, canPunch, canPunch);
    }

    /** @param claim what claims the device for this process, or null where it is not to be written */
    static FileSpace ofBlockDevice(NativeFile claim, boolean readOnly, BlockQueue queue) {
        boolean usable = claim != null && !readOnly;
        return new FileSpace(
                claim,
                true,
                usable && queue.number("discard_max_bytes", 0) > 0,
                usable && queue.number("write_zeroes_max_bytes", 0) > 0);
    }

    /** Asks by punching a hole behind the end of the file, where there is nothing to lose. */
    private static boolean punchesHoles(NativeFile file, long bytes) {
        try {
            file.punchHole(bytes, 4096);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    boolean canDiscard() {
        return canDiscard;
    }

    /** Whether {@link #zero} without keeping the space is fast. */
    boolean canPunch() {
        return canPunch;
    }

    void discard(long position, long length) throws IOException {
        if (blockDevice) {
            file.discardBlocks(position, length);
        } else {
            file.punchHole(position, length);
        }
    }

    /**
     * Makes a range read as zeroes without writing them.
     *
     * @param keepAllocated whether the range must take space afterwards
     * @return false if that cannot be done; nothing has changed then
     */
    boolean zero(long position, long length, boolean keepAllocated) throws IOException {
        if (!keepAllocated && canPunch) {
            try {
                file.punchHole(position, length);
                return true;
            } catch (ErrnoException e) {
                requireUnsupported(e);
                canPunch = false;
            }
        }
        if (canZeroRange) {
            try {
                file.zeroRange(position, length);
                return true;
            } catch (ErrnoException e) {
                requireUnsupported(e);
                canZeroRange = false;
            }
        }
        return false;
    }

    private static void requireUnsupported(ErrnoException e) throws ErrnoException {
        if (!e.isUnsupported()) {
            throw e;
        }
    }

    /** Data and holes of a range; everything is data where nobody knows better. */
    void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        if (file == null || blockDevice) {
            visitor.visit(sector, sectors, ExtentType.DATA);
            return;
        }
        long next = sector;
        long end = sector + sectors;
        while (next < end) {
            long data = file.nextData(next << Bio.SECTOR_SHIFT);
            long dataSector = data < 0 ? end : Math.min(end, data >>> Bio.SECTOR_SHIFT);
            if (dataSector > next && !visitor.visit(next, dataSector - next, ExtentType.HOLE)) {
                return;
            }
            next = dataSector;
            if (next == end) {
                return;
            }
            long hole = file.nextHole(data);
            long behind = hole < 0 ? end : (hole + Bio.SECTOR_SIZE - 1) >>> Bio.SECTOR_SHIFT;
            long holeSector = Math.min(end, Math.max(next + 1, behind));
            if (!visitor.visit(next, holeSector - next, ExtentType.DATA)) {
                return;
            }
            next = holeSector;
        }
    }
}
