package io.devicemapper.core;

import io.devicemapper.block.BioOp;

/**
 * What a mapped device has been asked to do since it was created. A snapshot, taken without stopping anybody.
 *
 * @param reads number of read bios
 * @param sectorsRead sectors asked for by them
 * @param writes number of write bios
 * @param sectorsWritten sectors given by them
 * @param flushes number of flush bios
 * @param discards number of discard bios
 * @param sectorsDiscarded sectors named by them
 * @param writeZeroes number of write-zeroes bios
 * @param sectorsZeroed sectors named by them
 * @param inFlight bios that have been submitted and have not ended; those held back by a suspend are not counted
 */
public record DeviceStatistics(
        long reads,
        long sectorsRead,
        long writes,
        long sectorsWritten,
        long flushes,
        long discards,
        long sectorsDiscarded,
        long writeZeroes,
        long sectorsZeroed,
        long inFlight) {
    static DeviceStatistics of(IoCounters counters, long inFlight) {
        return new DeviceStatistics(
                counters.count(BioOp.READ),
                counters.sectors(BioOp.READ),
                counters.count(BioOp.WRITE),
                counters.sectors(BioOp.WRITE),
                counters.count(BioOp.FLUSH),
                counters.count(BioOp.DISCARD),
                counters.sectors(BioOp.DISCARD),
                counters.count(BioOp.WRITE_ZEROES),
                counters.sectors(BioOp.WRITE_ZEROES),
                inFlight);
    }
}
