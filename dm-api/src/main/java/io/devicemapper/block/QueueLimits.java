package io.devicemapper.block;

import java.util.Objects;

/**
 * What a device can do, and in which units: the kernel's {@code struct queue_limits}. Immutable.
 *
 * <p>Sizes are in bytes where the name does not say sectors.
 *
 * @see <a href="https://docs.kernel.org/block/queue-sysfs.html">Linux: queue sysfs files</a>
 */
public final class QueueLimits {
    /** Stands for "no limit" in a number of sectors. */
    public static final long UNLIMITED = Long.MAX_VALUE >> Bio.SECTOR_SHIFT;

    /** A device with 512-byte blocks that reads and writes and has no cache, discard or write-zeroes. */
    public static final QueueLimits DEFAULT = builder().build();

    private final int logicalBlockSize;
    private final int physicalBlockSize;
    private final int ioMin;
    private final int ioOpt;
    private final long alignmentOffset;
    private final long chunkSectors;
    private final long maxSectors;
    private final long maxDiscardSectors;
    private final long discardGranularity;
    private final long maxWriteZeroesSectors;
    private final boolean fastZeroes;
    private final boolean writeCache;
    private final boolean fua;
    private final boolean rotational;

    private QueueLimits(Builder b) {
        this.logicalBlockSize = b.logicalBlockSize;
        this.physicalBlockSize = Math.max(b.physicalBlockSize, b.logicalBlockSize);
        this.ioMin = Math.max(b.ioMin, physicalBlockSize);
        this.ioOpt = b.ioOpt;
        this.alignmentOffset = b.alignmentOffset;
        this.chunkSectors = b.chunkSectors;
        this.maxSectors = b.maxSectors;
        this.maxDiscardSectors = b.maxDiscardSectors;
        this.discardGranularity = b.maxDiscardSectors == 0 ? 0 : Math.max(b.discardGranularity, logicalBlockSize);
        this.maxWriteZeroesSectors = b.maxWriteZeroesSectors;
        this.fastZeroes = b.fastZeroes && b.maxWriteZeroesSectors != 0;
        this.writeCache = b.writeCache;
        this.fua = b.fua;
        this.rotational = b.rotational;
    }

    /** A builder that starts from {@link #DEFAULT}. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts from these limits. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.logicalBlockSize = logicalBlockSize;
        b.physicalBlockSize = physicalBlockSize;
        b.ioMin = ioMin;
        b.ioOpt = ioOpt;
        b.alignmentOffset = alignmentOffset;
        b.chunkSectors = chunkSectors;
        b.maxSectors = maxSectors;
        b.maxDiscardSectors = maxDiscardSectors;
        b.discardGranularity = discardGranularity;
        b.maxWriteZeroesSectors = maxWriteZeroesSectors;
        b.fastZeroes = fastZeroes;
        b.writeCache = writeCache;
        b.fua = fua;
        b.rotational = rotational;
        return b;
    }

    /** The unit that ranges must be multiples of, in bytes: a power of two, at least 512. */
    public int logicalBlockSize() {
        return logicalBlockSize;
    }

    /** {@link #logicalBlockSize()} in sectors. */
    public int logicalBlockSectors() {
        return logicalBlockSize >> Bio.SECTOR_SHIFT;
    }

    /** The unit that the device writes without reading first, in bytes; at least the logical block size. */
    public int physicalBlockSize() {
        return physicalBlockSize;
    }

    /** The smallest I/O that performs well, in bytes; at least the physical block size. */
    public int ioMin() {
        return ioMin;
    }

    /** The I/O size that performs best, in bytes; 0 if the device has no preference. */
    public int ioOpt() {
        return ioOpt;
    }

    /** Bytes by which the device's begin is off its natural alignment. */
    public long alignmentOffset() {
        return alignmentOffset;
    }

    /** Reads and writes are split at multiples of this many sectors below; 0 if they are not. A hint for callers. */
    public long chunkSectors() {
        return chunkSectors;
    }

    /** The longest read or write that is carried out in one piece, in sectors. A hint: longer ones are split, not refused. */
    public long maxSectors() {
        return maxSectors;
    }

    /** The longest discard, in sectors; 0 if discard is not supported. */
    public long maxDiscardSectors() {
        return maxDiscardSectors;
    }

    /** The unit in which discard frees space, in bytes; 0 if discard is not supported. */
    public long discardGranularity() {
        return discardGranularity;
    }

    /** The longest write-zeroes, in sectors; 0 if that is not supported. */
    public long maxWriteZeroesSectors() {
        return maxWriteZeroesSectors;
    }

    /** Whether write-zeroes is faster than writing, so that {@link BioFlags#FAST_ONLY} may succeed. */
    public boolean fastZeroes() {
        return fastZeroes;
    }

    /** Whether the device takes FLUSH: a completed write may still be in a volatile cache. */
    public boolean writeCache() {
        return writeCache;
    }

    /** Whether the device carries out {@link BioFlags#FUA} itself; where it does not, the host flushes after the write. */
    public boolean fua() {
        return fua;
    }

    /** Whether seeks cost time. */
    public boolean rotational() {
        return rotational;
    }

    /** Sets limits one by one. Not safe for use by several threads. */
    public static final class Builder {
        private int logicalBlockSize = Bio.SECTOR_SIZE;
        private int physicalBlockSize = Bio.SECTOR_SIZE;
        private int ioMin = Bio.SECTOR_SIZE;
        private int ioOpt;
        private long alignmentOffset;
        private long chunkSectors;
        private long maxSectors = UNLIMITED;
        private long maxDiscardSectors;
        private long discardGranularity = Bio.SECTOR_SIZE;
        private long maxWriteZeroesSectors;
        private boolean fastZeroes;
        private boolean writeCache;
        private boolean fua;
        private boolean rotational;

        private Builder() {}

        /**
         * See {@link QueueLimits#logicalBlockSize()}.
         *
         * @throws IllegalArgumentException if not a power of two from 512 to 65536
         */
        public Builder logicalBlockSize(int bytes) {
            if (bytes < Bio.SECTOR_SIZE || bytes > 65536 || Integer.bitCount(bytes) != 1) {
                throw new IllegalArgumentException(
                        "logical block size " + bytes + ": not a power of two from 512 to 65536");
            }
            this.logicalBlockSize = bytes;
            return this;
        }

        /** See {@link QueueLimits#physicalBlockSize()}. Raised to the logical block size if smaller. */
        public Builder physicalBlockSize(int bytes) {
            this.physicalBlockSize = notNegative(bytes, "physical block size");
            return this;
        }

        /** See {@link QueueLimits#ioMin()}. Raised to the physical block size if smaller. */
        public Builder ioMin(int bytes) {
            this.ioMin = notNegative(bytes, "minimum I/O size");
            return this;
        }

        /** See {@link QueueLimits#ioOpt()}. */
        public Builder ioOpt(int bytes) {
            this.ioOpt = notNegative(bytes, "optimal I/O size");
            return this;
        }

        /** See {@link QueueLimits#alignmentOffset()}. */
        public Builder alignmentOffset(long bytes) {
            this.alignmentOffset = notNegative(bytes, "alignment offset");
            return this;
        }

        /** See {@link QueueLimits#chunkSectors()}. */
        public Builder chunkSectors(long sectors) {
            this.chunkSectors = notNegative(sectors, "chunk size");
            return this;
        }

        /** See {@link QueueLimits#maxSectors()}; at least 1. */
        public Builder maxSectors(long sectors) {
            this.maxSectors = Math.max(1, notNegative(sectors, "largest I/O"));
            return this;
        }

        /** See {@link QueueLimits#maxDiscardSectors()}. */
        public Builder maxDiscardSectors(long sectors) {
            this.maxDiscardSectors = notNegative(sectors, "largest discard");
            return this;
        }

        /** See {@link QueueLimits#discardGranularity()}. */
        public Builder discardGranularity(long bytes) {
            this.discardGranularity = notNegative(bytes, "discard granularity");
            return this;
        }

        /** See {@link QueueLimits#maxWriteZeroesSectors()}. */
        public Builder maxWriteZeroesSectors(long sectors) {
            this.maxWriteZeroesSectors = notNegative(sectors, "largest write-zeroes");
            return this;
        }

        /** See {@link QueueLimits#fastZeroes()}. */
        public Builder fastZeroes(boolean fast) {
            this.fastZeroes = fast;
            return this;
        }

        /** See {@link QueueLimits#writeCache()}. */
        public Builder writeCache(boolean present) {
            this.writeCache = present;
            return this;
        }

        /** See {@link QueueLimits#fua()}. */
        public Builder fua(boolean supported) {
            this.fua = supported;
            return this;
        }

        /** See {@link QueueLimits#rotational()}. */
        public Builder rotational(boolean rotates) {
            this.rotational = rotates;
            return this;
        }

        /** The limits as set. The builder may be used on. */
        public QueueLimits build() {
            return new QueueLimits(this);
        }

        private static int notNegative(int value, String what) {
            return (int) notNegative((long) value, what);
        }

        private static long notNegative(long value, String what) {
            if (value < 0) {
                throw new IllegalArgumentException(what + " " + value + ": negative");
            }
            return value;
        }
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof QueueLimits l
                && logicalBlockSize == l.logicalBlockSize
                && physicalBlockSize == l.physicalBlockSize
                && ioMin == l.ioMin
                && ioOpt == l.ioOpt
                && alignmentOffset == l.alignmentOffset
                && chunkSectors == l.chunkSectors
                && maxSectors == l.maxSectors
                && maxDiscardSectors == l.maxDiscardSectors
                && discardGranularity == l.discardGranularity
                && maxWriteZeroesSectors == l.maxWriteZeroesSectors
                && fastZeroes == l.fastZeroes
                && writeCache == l.writeCache
                && fua == l.fua
                && rotational == l.rotational;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                logicalBlockSize, physicalBlockSize, ioMin, ioOpt, maxSectors, maxDiscardSectors, writeCache, fua);
    }

    @Override
    public String toString() {
        return "QueueLimits[logical " + logicalBlockSize + ", physical " + physicalBlockSize + ", io " + ioMin + "/"
                + ioOpt
                + ", chunk " + chunkSectors + ", max " + maxSectors + ", discard " + maxDiscardSectors + "/"
                + discardGranularity
                + ", zeroes " + maxWriteZeroesSectors + (fastZeroes ? " fast" : "")
                + (writeCache ? ", write cache" : "")
                + (fua ? ", fua" : "") + (rotational ? ", rotational" : "") + "]";
    }
}
