package io.devicemapper.targets.cache;

import io.devicemapper.block.BioStatus;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import io.devicemapper.targets.cache.BlockWrites.Admission;

/**
 * Where each bio goes. On the way of a read, and of a write that need not wait, there is no lock but a block's own, and no memory but for a
 * write's second leg.
 *
 * <p>The context of a bio says what has to be done when it comes back: a {@link CacheBlock} for a read that it serves, an {@link OriginWrites.Count}
 * for a write to the origin alone, a {@link MirroredWrite}, a {@link Flushes.Leg}, a {@link RangeOperations.Operation}; nothing for the others.
 */
final class BioPaths {
    /** So many zeroes are sent to a cache device that has to be sent them; more cost the block its place. */
    private static final int MOST_ZEROES_BYTES = 1 << 20;

    private final Cache cache;
    private final Blocks blocks;
    private final boolean passthrough;

    BioPaths(Cache cache) {
        this.cache = cache;
        this.blocks = cache.blocks();
        this.passthrough = cache.mode() == CacheMode.PASSTHROUGH;
    }

    /** A bio that has come to the target for the first time. */
    MapResult map(TargetBio bio) {
        return switch (bio.op()) {
            case READ -> read(bio);
            case WRITE -> {
                long originBlock = blocks.originBlock(bio.sector());
                note(originBlock, true);
                yield write(bio, originBlock, true);
            }
            case FLUSH -> cache.flushes().map(bio);
            case WRITE_ZEROES -> writeZeroes(bio);
            case DISCARD -> discard(bio);
        };
    }

    private void note(long originBlock, boolean write) {
        if (!passthrough && originBlock < blocks.originBlocks()) {
            cache.migrator().accessed(originBlock, write);
        }
    }

    private MapResult read(TargetBio bio) {
        long sector = bio.sector();
        long originBlock = blocks.originBlock(sector);
        note(originBlock, false);
        CacheBlock block = cache.map().find(originBlock);
        if (block == null) {
            cache.counters().readMisses.increment();
            return bio.remap(cache.origin(), sector);
        }
        if (passthrough) {
            cache.counters().readHits.increment();
            return bio.remap(cache.origin(), sector);
        }
        if (!block.enter(originBlock) || cache.unmapper().isStuck(block)) {
            cache.leave(block);
            cache.counters().readMisses.increment();
            return bio.remap(cache.origin(), sector);
        }
        cache.counters().readHits.increment();
        bio.context(block);
        return bio.remap(cache.device(), blocks.cacheSector(block.number(), sector));
    }

    private MapResult writeZeroes(TargetBio bio) {
        long originBlock = blocks.originBlock(bio.sector());
        boolean needsZeroes = bio.bytes() > MOST_ZEROES_BYTES && !cache.canWriteZeroes();
        if (needsZeroes || blocks.originBlock(bio.sector() + bio.sectors() - 1) != originBlock) {
            return cache.ranges().map(bio);
        }
        note(originBlock, true);
        return write(bio, originBlock, true);
    }

    private MapResult discard(TargetBio bio) {
        // What is kept reads as before, on both sides.
        return cache.passesDiscards() ? cache.ranges().map(bio) : bio.complete(BioStatus.OK);
    }

    /**
     * A write that waited and finds now that its block is not held any more.
     */
    void again(TargetBio bio) {
        write(bio, blocks.originBlock(bio.sector()), false);
    }

    private MapResult write(TargetBio bio, long originBlock, boolean counted) {
        while (true) {
            CacheBlock block = cache.map().find(originBlock);
            if (block != null) {
                MapResult result = writeHit(bio, block, originBlock, counted);
                if (result != null) {
                    return result;
                }
            }
            OriginWrites.Count count = cache.originWrites().enter(originBlock);
            OriginWrites.Hold hold = cache.originWrites().find(originBlock);
            if (hold != null) {
                count.leave();
                if (hold.queue(bio)) {
                    return bio.submitted();
                }
            } else if (cache.map().find(originBlock) != null) {
                count.leave();
            } else {
                if (counted) {
                    cache.counters().writeMisses.increment();
                }
                bio.context(count);
                return bio.remap(cache.origin(), bio.sector());
            }
        }
    }

    /** Null if the block does not hold what is written to. */
    private MapResult writeHit(TargetBio bio, CacheBlock block, long originBlock, boolean counted) {
        MirroredWrite write = MirroredWrite.of(cache, bio, block, originBlock);
        Admission admission;
        boolean waitsForOverlap = false;
        synchronized (block) {
            if (block.origin() != originBlock) {
                return null;
            }
            bio.context(write);
            BlockWrites writes = block.writes();
            if (passthrough && !writes.isStuck()) {
                writes.enqueue(write);
                admission = Admission.WAITS;
            } else {
                waitsForOverlap = writes.mark() == BlockWrites.Mark.DURABLE && writes.unmapping() == null;
                admission = writes.admit(write);
                if (admission == Admission.STARTS) {
                    block.enterHeld();
                } else if (admission == Admission.NEEDS_MARK) {
                    cache.marks().ask(block);
                }
            }
        }
        if (counted) {
            cache.counters().writeHits.increment();
        }
        switch (admission) {
            case STARTS -> {
                cache.device().submit(write);
                return bio.remap(cache.origin(), bio.sector());
            }
            case FAILS -> {
                bio.context(null);
                return bio.complete(BioStatus.IO);
            }
            default -> {
                if (passthrough) {
                    cache.counters().demotions.increment();
                    cache.unmapper().unmap(block, originBlock, done -> {});
                } else {
                    countWait(waitsForOverlap, counted);
                    cache.committer().kick();
                }
                return bio.submitted();
            }
        }
    }

    private void countWait(boolean forOverlap, boolean counted) {
        if (counted) {
            (forOverlap ? cache.counters().waitedForOverlap : cache.counters().waitedForMark).increment();
        }
    }

    /** Starts a write that was under way already as far as its block knows. */
    void launch(MirroredWrite write) {
        cache.device().submit(write);
        write.bio().remap(cache.origin(), write.bio().sector());
    }

    /** A bio has come back. */
    EndIo ended(TargetBio bio, BioStatus status) {
        Object context = bio.context();
        if (context instanceof CacheBlock block) {
            return readEnded(bio, block, status);
        }
        if (context instanceof OriginWrites.Count count) {
            cache.doubts().keep(bio.doubt());
            count.leave();
            return EndIo.done(status);
        }
        if (context instanceof MirroredWrite write) {
            return write.originEnded(status);
        }
        if (context instanceof Flushes.Leg flush) {
            return flush.originEnded(status);
        }
        if (context instanceof RangeOperations.Operation operation) {
            operation.ended(bio);
        }
        return EndIo.done(status);
    }

    /** What the cache device could not read, the origin has as well. */
    private EndIo readEnded(TargetBio bio, CacheBlock block, BioStatus status) {
        if (status.isOk()) {
            cache.leave(block);
            cache.attachment().cacheWorks();
            return EndIo.done(status);
        }
        bio.context(null);
        long originBlock = blocks.originBlock(bio.sector());
        cache.cacheFailed(status);
        cache.counters().failureDrops.increment();
        cache.unmapper().unmap(block, originBlock, done -> {});
        cache.leave(block);
        if (bio.payloadAbandoned()) {
            return EndIo.done(status);
        }
        bio.remap(cache.origin(), bio.sector());
        return EndIo.incomplete();
    }
}
