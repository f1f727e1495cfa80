package io.devicemapper.targets.cache;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.TargetBio;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A write to a cached block: this bio is its cache leg, the target's bio the origin leg. It is acknowledged when both have it. If the cache
 * leg fails, the block is out of the cache, durably, before the write is acknowledged; if the origin leg fails, the block is dropped,
 * too, and the write fails.
 */
final class MirroredWrite extends Bio {
    private static final VarHandle LEGS;

    static {
        try {
            LEGS = MethodHandles.lookup().findVarHandle(MirroredWrite.class, "legs", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Cache cache;
    private final TargetBio bio;
    private final CacheBlock block;
    private final long originBlock;

    /** The next one in a list of {@link BlockWrites}, guarded as that. */
    MirroredWrite next;

    @SuppressWarnings("unused") // changed through LEGS
    private volatile int legs = 2;

    /** What each leg's end leaves for the one that ends last: LEGS orders them. */
    private BioStatus cacheStatus;

    private BioStatus originStatus;

    /** Set before the target's bio is completed, on the thread that does it. */
    private boolean concluded;

    private MirroredWrite(
            Cache cache,
            TargetBio bio,
            CacheBlock block,
            long originBlock,
            BioOp op,
            int flags,
            long sector,
            ByteBuffer payload) {
        super(op, flags, sector, bio.sectors(), payload);
        this.cache = cache;
        this.bio = bio;
        this.block = block;
        this.originBlock = originBlock;
    }

    /** The write of a bio that lies in one block. */
    static MirroredWrite of(Cache cache, TargetBio bio, CacheBlock block, long originBlock) {
        long sector = cache.blocks().cacheSector(block.number(), bio.sector());
        if (bio.op() == BioOp.WRITE_ZEROES && !cache.canWriteZeroes()) {
            ByteBuffer zeroes = ByteBuffer.allocate(Math.toIntExact(bio.bytes()));
            return new MirroredWrite(
                    cache, bio, block, originBlock, BioOp.WRITE, bio.flags() & BioFlags.FUA, sector, zeroes);
        }
        return new MirroredWrite(cache, bio, block, originBlock, bio.op(), bio.flags(), sector, bio.payload());
    }

    TargetBio bio() {
        return bio;
    }

    CacheBlock block() {
        return block;
    }

    /** Fails a write that waited and never began: neither leg was sent. */
    void failUnsent() {
        concluded = true;
        bio.complete(BioStatus.IO);
    }

    boolean overlaps(MirroredWrite other) {
        return sector() < other.sector() + other.sectors() && other.sector() < sector() + sectors();
    }

    /** The cache leg has ended. */
    @Override
    protected void ended(BioStatus status) {
        cacheStatus = status;
        if (lastLeg() && settle()) {
            concluded = true;
            bio.complete(originStatus);
        }
    }

    /** The origin leg has ended, or this has completed the target's bio. */
    EndIo originEnded(BioStatus status) {
        if (concluded) {
            return EndIo.done(status);
        }
        originStatus = status;
        return lastLeg() && settle() ? EndIo.done(status) : EndIo.incomplete();
    }

    private boolean lastLeg() {
        return (int) LEGS.getAndAdd(this, -1) == 1;
    }

    /** Both legs have ended. True if the write ends at once as the origin leg did; else it ends later. */
    private boolean settle() {
        if (payloadAbandoned()) {
            bio.abandonPayload();
        }
        boolean bothHaveIt = cacheStatus.isOk() && originStatus.isOk();
        if (bothHaveIt) {
            cache.attachment().cacheWorks();
            cache.writeEnded(this);
            return true;
        }
        if (!cacheStatus.isOk()) {
            cache.cacheFailed(cacheStatus);
        }
        cache.counters().failureDrops.increment();
        keepDoubts();
        // Held before it is left, so that nothing that waits for this one starts on a block that is no longer right.
        cache.unmapper().unmap(block, originBlock, this::afterUnmapping);
        cache.writeEnded(this);
        return false;
    }

    private void afterUnmapping(boolean done) {
        concluded = true;
        bio.complete(done || !originStatus.isOk() ? originStatus : BioStatus.IO);
    }

    /**
     * While a leg may still be carried out, nothing is copied to or from its place: told before the block can leave the cache, and with that
     * come in again elsewhere.
     */
    private void keepDoubts() {
        cache.doubts().keep(bio.doubt());
        cache.doubts().keep(doubt());
    }
}
