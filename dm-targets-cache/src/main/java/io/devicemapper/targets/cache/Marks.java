package io.devicemapper.targets.cache;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.BlockWrites.Mark;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The blocks that are marked: those whose two sides may differ, should the power fail. A mark is durable before the first byte of a write is sent,
 * and stays for some seconds, so that a block that is written again and again costs one commit. It goes by a commit after a flush of
 * both devices that began when the block's last write had ended.
 */
final class Marks {
    /** How long a mark outlives the last write. */
    private static final long LINGER_NANOS = 5_000_000_000L;

    /** From this number on, idle blocks lose their marks at once: after a crash of ours so many may have to be dropped. */
    static final int MANY = 2048;

    private final Cache cache;
    private final Set<CacheBlock> marked = ConcurrentHashMap.newKeySet();

    Marks(Cache cache) {
        this.cache = cache;
    }

    /** How many blocks are marked. */
    int count() {
        return marked.size();
    }

    /** With the block's monitor held: has the block marked; {@link Committer#kick} must follow. */
    void ask(CacheBlock block) {
        cache.committer().enqueue(new MarkChange(cache, block));
    }

    /** The committer's call: a mark is durable, or cannot be. */
    void settled(CacheBlock block, boolean durable) {
        List<MirroredWrite> starting = List.of();
        List<MirroredWrite> failing = List.of();
        synchronized (block) {
            BlockWrites writes = block.writesIfAny();
            if (block.origin() == CacheBlock.NONE || writes == null) {
                return;
            }
            if (durable) {
                writes.mark(Mark.DURABLE);
                marked.add(block);
                starting = writes.startable();
                starting.forEach(write -> block.enterHeld());
            } else if (writes.unmapping() == null) {
                writes.mark(Mark.NONE);
                failing = writes.takeWaiting();
            }
        }
        starting.forEach(cache::launch);
        failing.forEach(MirroredWrite::failUnsent);
    }

    /** A block has left the cache. */
    void forget(CacheBlock block) {
        marked.remove(block);
    }

    /**
     * Takes back the marks of blocks that were not written for a while. For the worker: flushes the devices if need be, and waits.
     *
     * @param all whether to take back those of all idle blocks
     */
    void clear(boolean all) {
        boolean hurry = all || marked.size() > MANY;
        List<CacheBlock> idle = idle(hurry);
        if (idle.isEmpty()) {
            return;
        }
        boolean flushed =
                idle.stream().allMatch(block -> isCovered(block, cache.flushes().covered()));
        if (!flushed && !cache.flushes().flushNow()) {
            return;
        }
        long covered = cache.flushes().covered();
        for (CacheBlock block : idle) {
            clear(block, covered);
        }
        cache.committer().kick();
    }

    private List<CacheBlock> idle(boolean hurry) {
        long nowNanos = System.nanoTime();
        List<CacheBlock> idle = new ArrayList<>();
        for (CacheBlock block : marked) {
            synchronized (block) {
                BlockWrites writes = block.writesIfAny();
                if (writes != null
                        && isClearable(writes)
                        && (hurry || nowNanos - writes.lastEndNanos() > LINGER_NANOS)) {
                    idle.add(block);
                }
            }
        }
        return idle;
    }

    private static boolean isClearable(BlockWrites writes) {
        return writes.mark() == Mark.DURABLE && writes.isIdle() && writes.unmapping() == null && !writes.isStuck();
    }

    private static boolean isCovered(CacheBlock block, long covered) {
        synchronized (block) {
            BlockWrites writes = block.writesIfAny();
            return writes != null && writes.endedBeforeFlush() <= covered;
        }
    }

    private void clear(CacheBlock block, long covered) {
        synchronized (block) {
            BlockWrites writes = block.writesIfAny();
            if (writes == null || !isClearable(writes) || writes.endedBeforeFlush() > covered) {
                return;
            }
            // A write that comes from now on asks for the mark again, behind this.
            writes.mark(Mark.NONE);
            block.forgetWrites();
            marked.remove(block);
            cache.committer().enqueue(new UnmarkChange(block));
        }
    }

    /**
     * Takes every block out of the cache that was written since the last good flush of both devices: nobody knows what a failed flush has left
     * of it.
     *
     * @param listener is told when all are out
     */
    void dropAll(Unmapping.Listener listener) {
        List<CacheBlock> blocks = List.copyOf(marked);
        Countdown countdown = new Countdown(blocks.size(), listener);
        for (CacheBlock block : blocks) {
            cache.counters().failureDrops.increment();
            cache.unmapper().unmap(block, block.origin(), countdown);
        }
        countdown.unmapped(true);
    }

    private record UnmarkChange(CacheBlock block) implements MetadataChange {
        @Override
        public void apply(CacheMetadata metadata) throws MetadataException {
            if (metadata.originBlock(block.number()) >= 0) {
                metadata.unmark(block.number());
            }
        }

        @Override
        public void settled(boolean durable) {
            // Nobody waits; a mark that stays costs a block at most.
        }
    }
}
