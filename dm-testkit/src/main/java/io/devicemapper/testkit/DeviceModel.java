package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a device holds, or ought to: sectors of 512 bytes, zeroes where nothing was written. Keeps only what was written, so that its
 * size costs nothing. As plain as can be, since it is what others are compared with. Safe for use by several threads.
 */
public final class DeviceModel {
    private static final byte[] ZEROES = new byte[Bio.SECTOR_SIZE];

    private final long sectors;

    /** Each array is never changed once it is in here, so that copies may share it. */
    private final NavigableMap<Long, byte[]> written = new TreeMap<>();

    /**
     * A model full of zeroes.
     *
     * @param sectors its size
     */
    public DeviceModel(long sectors) {
        if (sectors < 0) {
            throw new IllegalArgumentException("a size of " + sectors + " sectors");
        }
        this.sectors = sectors;
    }

    /** Its size in sectors. */
    public long sectors() {
        return sectors;
    }

    /** A copy of one sector's 512 bytes. */
    public byte[] sector(long sector) {
        checkRange(sector, 1);
        return stored(sector).clone();
    }

    private synchronized byte[] stored(long sector) {
        return written.getOrDefault(sector, ZEROES);
    }

    /**
     * Fills a buffer from position to limit, which stay where they are.
     *
     * @param sector the first sector
     * @param dst a multiple of 512 bytes long
     */
    public synchronized void read(long sector, ByteBuffer dst) {
        checkRange(sector, dst.remaining() >> Bio.SECTOR_SHIFT);
        long next = sector;
        for (int at = dst.position(); at < dst.limit(); at += Bio.SECTOR_SIZE) {
            dst.put(at, stored(next++));
        }
    }

    /**
     * Stores a buffer's content from position to limit, which stay where they are.
     *
     * @param sector the first sector
     * @param src a multiple of 512 bytes long
     */
    public synchronized void write(long sector, ByteBuffer src) {
        checkRange(sector, src.remaining() >> Bio.SECTOR_SHIFT);
        long next = sector;
        for (int at = src.position(); at < src.limit(); at += Bio.SECTOR_SIZE) {
            byte[] content = new byte[Bio.SECTOR_SIZE];
            src.get(at, content);
            written.put(next++, content);
        }
    }

    /** Makes a range read as zeroes, and forgets that it was written. */
    public synchronized void zero(long sector, long count) {
        checkRange(sector, count);
        written.subMap(sector, sector + count).clear();
    }

    /** The sectors of a range that have been written, and not been made zeroes since; in order. */
    public synchronized List<Long> written(long sector, long count) {
        return List.copyOf(written.subMap(sector, sector + count).keySet());
    }

    /** The model as it is now; later changes of either do not show in the other. */
    public synchronized DeviceModel copy() {
        DeviceModel copy = new DeviceModel(sectors);
        copy.written.putAll(written);
        return copy;
    }

    /** The sectors in which two models of the same size differ, in order. */
    public List<Long> differences(DeviceModel other) {
        NavigableMap<Long, byte[]> mine = copy().written;
        NavigableMap<Long, byte[]> theirs = other.copy().written;
        SortedSet<Long> candidates = new TreeSet<>(mine.keySet());
        candidates.addAll(theirs.keySet());
        List<Long> differing = new ArrayList<>();
        for (long sector : candidates) {
            if (!Arrays.equals(mine.getOrDefault(sector, ZEROES), theirs.getOrDefault(sector, ZEROES))) {
                differing.add(sector);
            }
        }
        return differing;
    }

    /** Shows what was written as data and the rest as holes; see {@link io.devicemapper.block.BlockDevice#extents}. */
    public void extents(long sector, long count, ExtentVisitor visitor) {
        checkRange(sector, count);
        long end = sector + count;
        long at = sector;
        List<Long> data = written(sector, count);
        for (int i = 0; i < data.size(); ) {
            long start = data.get(i);
            long next = start;
            while (i < data.size() && data.get(i) == next) {
                next++;
                i++;
            }
            if (start > at && !visitor.visit(at, start - at, ExtentType.HOLE)) {
                return;
            }
            if (!visitor.visit(start, next - start, ExtentType.DATA)) {
                return;
            }
            at = next;
        }
        if (at < end) {
            visitor.visit(at, end - at, ExtentType.HOLE);
        }
    }

    private void checkRange(long sector, long count) {
        if (sector < 0 || count < 0 || sector > sectors - count) {
            throw new IndexOutOfBoundsException(sector + "+" + count + " of " + sectors + " sectors");
        }
    }

    @Override
    public synchronized String toString() {
        return "DeviceModel[" + written.size() + " of " + sectors + " sectors written]";
    }
}
