package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.QueueLimits;

/**
 * Derives the limits of a device from those of the devices below it.
 *
 * @see <a href="https://docs.kernel.org/block/queue-sysfs.html">Linux: queue sysfs files</a>
 */
final class LimitsStacking {
    /** What stacking starts from: everything is possible, nothing is preferred. */
    static final QueueLimits START = QueueLimits.builder()
            .maxDiscardSectors(QueueLimits.UNLIMITED)
            .maxWriteZeroesSectors(QueueLimits.UNLIMITED)
            .fastZeroes(true)
            .fua(true)
            .build();

    private LimitsStacking() {}

    /**
     * The limits of a device that uses another one, among others, from a certain sector on.
     *
     * @param top what the devices stacked so far allow
     * @param bottom the limits of the next one
     * @param startSector where on it the used area begins
     */
    static QueueLimits stack(QueueLimits top, QueueLimits bottom, long startSector) {
        int logical = Math.max(top.logicalBlockSize(), bottom.logicalBlockSize());
        int largestPhysical = Math.max(top.physicalBlockSize(), bottom.physicalBlockSize());
        int physical = largestPhysical % logical == 0 ? largestPhysical : logical;
        int ioMin = Math.max(top.ioMin(), bottom.ioMin());
        long ioOpt = leastCommonMultiple(top.ioOpt(), bottom.ioOpt());
        long offset = leastCommonMultiple(top.alignmentOffset(), alignmentAt(bottom, startSector))
                % Math.max(physical, ioMin);
        long chunk = greatestCommonDivisor(top.chunkSectors(), bottom.chunkSectors());
        return QueueLimits.builder()
                .logicalBlockSize(logical)
                .physicalBlockSize(physical)
                .ioMin(ioMin % physical == 0 ? ioMin : physical)
                .ioOpt(ioOpt > Integer.MAX_VALUE || ioOpt % physical != 0 ? 0 : (int) ioOpt)
                .alignmentOffset(offset)
                .chunkSectors(chunk % (physical >> Bio.SECTOR_SHIFT) == 0 ? chunk : 0)
                .maxSectors(Math.min(top.maxSectors(), bottom.maxSectors()))
                .maxDiscardSectors(Math.min(top.maxDiscardSectors(), bottom.maxDiscardSectors()))
                .discardGranularity(Math.max(top.discardGranularity(), bottom.discardGranularity()))
                .maxWriteZeroesSectors(Math.min(top.maxWriteZeroesSectors(), bottom.maxWriteZeroesSectors()))
                .fastZeroes(top.fastZeroes() && bottom.fastZeroes())
                .writeCache(top.writeCache() || bottom.writeCache())
                .fua(true) // the core emulates it where a device lacks it
                .rotational(top.rotational() || bottom.rotational())
                .build();
    }

    private static long alignmentAt(QueueLimits bottom, long startSector) {
        long granularity = Math.max(bottom.physicalBlockSize(), bottom.ioMin());
        long startBytes = (startSector % granularity) << Bio.SECTOR_SHIFT;
        return (granularity + bottom.alignmentOffset() - startBytes % granularity) % granularity;
    }

    private static long leastCommonMultiple(long a, long b) {
        if (a == 0 || b == 0) {
            return a + b;
        }
        return a / greatestCommonDivisor(a, b) * b;
    }

    private static long greatestCommonDivisor(long a, long b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
