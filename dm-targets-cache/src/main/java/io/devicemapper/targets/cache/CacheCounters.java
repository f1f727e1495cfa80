package io.devicemapper.targets.cache;

import io.devicemapper.targets.cache.metadata.CacheStatistics;
import java.util.concurrent.atomic.LongAdder;

/** What a cache counts. For any number of threads; counting takes no lock and never waits. */
final class CacheCounters {
    final LongAdder readHits = new LongAdder();
    final LongAdder readMisses = new LongAdder();
    final LongAdder writeHits = new LongAdder();
    final LongAdder writeMisses = new LongAdder();

    /** Blocks that left the cache to make room, or because a write went past it. */
    final LongAdder demotions = new LongAdder();

    /** Blocks that came into the cache. */
    final LongAdder promotions = new LongAdder();

    /** Writes to cached blocks that waited until a mark was durable. */
    final LongAdder waitedForMark = new LongAdder();

    /** Writes to cached blocks that waited for an overlapping one. */
    final LongAdder waitedForOverlap = new LongAdder();

    /** Blocks dropped since a device failed on them. */
    final LongAdder failureDrops = new LongAdder();

    private CacheStatistics before = CacheStatistics.NONE;

    /** Goes on from what earlier lives counted. */
    synchronized void startFrom(CacheStatistics stored) {
        before = stored;
        readHits.reset();
        readMisses.reset();
        writeHits.reset();
        writeMisses.reset();
    }

    /** The four counts that the metadata keeps. */
    synchronized CacheStatistics statistics() {
        return new CacheStatistics(
                before.readHits() + readHits.sum(),
                before.readMisses() + readMisses.sum(),
                before.writeHits() + writeHits.sum(),
                before.writeMisses() + writeMisses.sum());
    }
}
