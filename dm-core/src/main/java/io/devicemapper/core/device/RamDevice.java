package io.devicemapper.core.device;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.block.QueueLimits;

/**
 * A RAM disk in direct memory. Memory is taken where data is first written, in chunks of 256 KiB, and given back where a discard
 * or a write-zeroes covers whole chunks; what was never written reads as zeroes. Everything ends on the submitting thread,
 * without waiting. All data is gone when the device is no longer reachable, or the JVM ends.
 *
 * <p>Writes fail with {@link BioStatus#NO_SPACE} where the JVM's direct memory ({@code -XX:MaxDirectMemorySize}, by default as much
 * as the heap may take) is used up but for a reserve for everybody else.
 *
 * <p>Safe for use by several threads.
 */
public final class RamDevice extends BlockDevice {
    private static final System.Logger LOG = System.getLogger(RamDevice.class.getName());

    private static final QueueLimits LIMITS = QueueLimits.builder()
            .maxDiscardSectors(QueueLimits.UNLIMITED)
            .discardGranularity(SparseMemory.CHUNK_BYTES)
            .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
            .fastZeroes(true)
            .fua(true)
            .build();

    private final String name;
    private final long sectors;
    private final boolean readOnly;
    private final SparseMemory memory;

    /** Keeps the log at one line for a disk that is full for long. */
    private volatile boolean toldFull;

    private RamDevice(String name, long sectors, boolean readOnly, SparseMemory memory) {
        this.name = name;
        this.sectors = sectors;
        this.readOnly = readOnly;
        this.memory = memory;
    }

    /**
     * Makes an empty RAM disk. Costs next to nothing until it is written to, whatever its size.
     *
     * @param name the device's name, for messages
     * @param bytes its size, at least 512, rounded down to sectors
     * @throws IllegalArgumentException if {@code bytes} is less than a sector
     */
    public static RamDevice create(String name, long bytes) {
        return create(name, bytes, ChunkAllocator.SHARED);
    }

    static RamDevice create(String name, long bytes, ChunkAllocator allocator) {
        if (bytes < Bio.SECTOR_SIZE) {
            throw new IllegalArgumentException(name + ": " + bytes + " bytes: less than one sector of 512 bytes");
        }
        long sectors = bytes >>> Bio.SECTOR_SHIFT;
        return new RamDevice(name, sectors, false, new SparseMemory(sectors << Bio.SECTOR_SHIFT, allocator));
    }

    /** The same disk under another name, or read-only. */
    RamDevice view(String otherName, boolean otherReadOnly) {
        return new RamDevice(otherName, sectors, otherReadOnly, memory);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public QueueLimits limits() {
        return LIMITS;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public boolean mayWait() {
        return false;
    }

    @Override
    protected void process(Bio bio) {
        if (accept(bio)) {
            bio.endIo(carryOut(bio));
        }
    }

    private BioStatus carryOut(Bio bio) {
        long position = bio.sector() << Bio.SECTOR_SHIFT;
        long end = position + bio.bytes();
        boolean enoughMemory = true;
        try {
            switch (bio.op()) {
                case READ -> memory.read(position, bio.payload());
                case WRITE -> enoughMemory = memory.write(position, bio.payload());
                case FLUSH -> {
                    // Memory is all there is to reach.
                }
                case DISCARD -> memory.clear(position, end);
                case WRITE_ZEROES -> {
                    if (bio.has(BioFlags.NOUNMAP)) {
                        enoughMemory = memory.fillWithZeroes(position, end);
                    } else {
                        memory.clear(position, end);
                    }
                }
            }
        } catch (OutOfMemoryError e) {
            enoughMemory = false; // no heap for a node of the chunk table
        }
        if (enoughMemory) {
            return BioStatus.OK;
        }
        if (!toldFull) {
            toldFull = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> name + ": " + bio + ": no direct memory left; from now on writes to new places may fail");
        }
        return BioStatus.NO_SPACE;
    }

    @Override
    public void extents(long sector, long sectors, ExtentVisitor visitor) {
        long position = sector << Bio.SECTOR_SHIFT;
        memory.extents(position, position + (sectors << Bio.SECTOR_SHIFT), visitor);
    }
}
