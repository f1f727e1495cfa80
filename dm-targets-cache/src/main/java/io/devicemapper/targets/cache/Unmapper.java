package io.devicemapper.targets.cache;

import io.devicemapper.targets.cache.BlockWrites.Mark;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Takes blocks out of the cache, for whatever reason: see {@link Unmapping}. Any thread; never waits. */
final class Unmapper {
    private final Cache cache;

    /** Blocks that could not be unmapped durably, until they can. */
    private final Set<CacheBlock> stuck = ConcurrentHashMap.newKeySet();

    Unmapper(Cache cache) {
        this.cache = cache;
    }

    /**
     * Takes a block out of the cache, if it still holds that origin block.
     *
     * @param listener is told when that is over, perhaps before this returns
     */
    void unmap(CacheBlock block, long originBlock, Unmapping.Listener listener) {
        boolean gone = false;
        boolean impossible = false;
        synchronized (block) {
            if (originBlock == CacheBlock.NONE || block.origin() != originBlock) {
                // Who asked what the block holds may have been told "nothing" by an unmapping that was just over.
                gone = true;
            } else if (block.writes().isStuck()) {
                impossible = true;
            } else {
                holdAndTell(block, originBlock, listener);
            }
        }
        if (gone || impossible) {
            listener.unmapped(gone);
        } else {
            cache.committer().kick();
        }
    }

    /** With the block's monitor held. */
    private void holdAndTell(CacheBlock block, long originBlock, Unmapping.Listener listener) {
        BlockWrites writes = block.writes();
        Unmapping unmapping = writes.unmapping();
        if (unmapping == null) {
            unmapping = new Unmapping(block, originBlock);
            writes.unmapping(unmapping);
            cache.committer().enqueue(new UnmapChange(cache, unmapping));
        }
        unmapping.tell(listener);
    }

    /** The committer's call: the unmapping is durable and the block hidden, or it is not and cannot be for now. */
    void settled(Unmapping unmapping, boolean durable) {
        CacheBlock block = unmapping.block();
        List<MirroredWrite> waiting;
        List<Unmapping.Listener> listeners;
        synchronized (block) {
            BlockWrites writes = block.writes();
            waiting = writes.takeWaiting();
            listeners = unmapping.listeners();
            writes.unmapping(null);
            if (durable) {
                writes.mark(Mark.NONE);
                writes.stuck(false);
                block.origin(CacheBlock.NONE);
                if (writes.isIdle()) {
                    block.forgetWrites();
                }
            } else {
                writes.stuck(true);
            }
        }
        if (durable) {
            stuck.remove(block);
            cache.marks().forget(block);
            cache.migrator().removed(unmapping.originBlock());
            if (block.retire()) {
                cache.map().free(block);
            }
        } else {
            stuck.add(block);
        }
        for (MirroredWrite write : waiting) {
            if (durable) {
                cache.release(write.bio());
            } else {
                write.failUnsent();
            }
        }
        listeners.forEach(listener -> listener.unmapped(durable));
    }

    /**
     * Blocks whose mapping may or may not have been committed. As long as neither metadata nor cache device can be written they have to be taken
     * for mapped: a write past them could not be acknowledged.
     */
    void inDoubt(List<BlockMap.Placement> placements) {
        if (!cache.attachment().isStuck()) {
            return;
        }
        for (BlockMap.Placement placement : placements) {
            synchronized (placement.block()) {
                placement.block().writes().stuck(true);
            }
            stuck.add(placement.block());
        }
        cache.map().publish(placements);
    }

    /** Whether a block serves reads no more, since it could not be unmapped. */
    boolean isStuck(CacheBlock block) {
        return !stuck.isEmpty() && stuck.contains(block);
    }

    /** How many blocks could not be unmapped so far. */
    int stuckBlocks() {
        return stuck.size();
    }

    /** Tries again to unmap what could not be. */
    void retryStuck() {
        for (CacheBlock block : stuck) {
            synchronized (block) {
                BlockWrites writes = block.writes();
                writes.stuck(false);
                if (block.origin() != CacheBlock.NONE && writes.unmapping() == null) {
                    holdAndTell(block, block.origin(), done -> {});
                }
            }
        }
        cache.committer().kick();
    }
}
