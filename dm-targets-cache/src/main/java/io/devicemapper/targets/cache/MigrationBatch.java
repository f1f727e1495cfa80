package io.devicemapper.targets.cache;

import io.devicemapper.block.BioStatus;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries out several migrations together, so that they share commits and flushes. In this order, which is what makes it right:
 *
 * <ol>
 *   <li>Blocks that leave: writes to them are held, the unmapping is committed, the block is hidden; free once nobody reads or writes there.
 *   <li>Blocks that come: writes to them are held, and those under way awaited; only then they are copied.
 *   <li>Both devices are flushed: the copy has to be durable, and so has what was copied.
 *   <li>The mappings are committed, then shown, and then the held writes let go.
 * </ol>
 */
final class MigrationBatch {
    private static final long POLL_NANOS = 100_000;

    /** So long a migration waits for readers and writers before it is given up: bios end within that, or something is wrong. */
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private final Cache cache;
    private final BlockCopier copier;

    MigrationBatch(Cache cache) {
        this.cache = cache;
        this.copier = new BlockCopier(cache.doubts());
    }

    /** One migration on its way. */
    private static final class Step {
        private final Migration migration;
        private MigrationOutcome outcome = MigrationOutcome.REFUSED;
        private boolean wanted;
        private CacheBlock block;
        private OriginWrites.Drain drain;

        Step(Migration migration) {
            this.migration = migration;
        }

        long promoted() {
            return migration.promoted();
        }
    }

    /** Carries migrations out, as far as possible, and tells what became of each. On the worker thread; waits. */
    List<MigrationOutcome> carryOut(List<Migration> migrations) {
        List<Step> steps = migrations.stream().map(Step::new).toList();
        check(steps);
        evict(steps);
        List<Step> promoting = new ArrayList<>();
        for (Step step : steps) {
            if (step.wanted && step.migration.promotes() && takeBlock(step)) {
                promoting.add(step);
            }
        }
        if (!promoting.isEmpty()) {
            promote(promoting);
        }
        return steps.stream().map(step -> step.outcome).toList();
    }

    /** What a policy may ask for and the cache cannot do is refused. */
    private void check(List<Step> steps) {
        Set<Long> seen = new HashSet<>();
        for (Step step : steps) {
            Migration migration = step.migration;
            boolean sensible = true;
            if (migration.promotes()) {
                sensible = seen.add(migration.promoted())
                        && migration.promoted() < cache.blocks().originBlocks()
                        && cache.map().find(migration.promoted()) == null
                        && !cache.ranges().covers(migration.promoted());
            }
            if (migration.evicts()) {
                sensible &= seen.add(migration.evicted()) && cache.map().find(migration.evicted()) != null;
            }
            step.wanted = sensible;
        }
    }

    private void evict(List<Step> steps) {
        List<CacheBlock> leaving = new ArrayList<>();
        List<Step> evicting = new ArrayList<>();
        for (Step step : steps) {
            CacheBlock block =
                    step.wanted && step.migration.evicts() ? cache.map().find(step.migration.evicted()) : null;
            if (block != null) {
                leaving.add(block);
                evicting.add(step);
            }
        }
        if (leaving.isEmpty()) {
            return;
        }
        cache.unmapAndWait(leaving);
        for (Step step : evicting) {
            if (cache.map().find(step.migration.evicted()) == null) {
                cache.counters().demotions.increment();
                step.outcome = step.migration.promotes() ? MigrationOutcome.ONLY_EVICTED : MigrationOutcome.DONE;
            } else {
                step.wanted = false;
            }
        }
    }

    /** A block that has just left may be in use for a moment. */
    private boolean takeBlock(Step step) {
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            step.block = cache.map().takeFree();
            if (step.block != null || !step.migration.evicts() || isEnough(deadlineNanos)) {
                return step.block != null && !isInDoubt(step.block);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** A write that may still be carried out could hit this very block: it became free after the doubt was noted. */
    private boolean isInDoubt(CacheBlock block) {
        if (cache.doubts().any()) {
            cache.map().free(block);
            return true;
        }
        return false;
    }

    private boolean isEnough(long deadlineNanos) {
        return cache.migrator().isStopping() || System.nanoTime() - deadlineNanos > 0;
    }

    private void promote(List<Step> steps) {
        List<OriginWrites.Hold> holds =
                cache.originWrites().hold(steps.stream().map(Step::promoted).toList());
        List<Step> mapped = new ArrayList<>();
        try {
            List<Step> copied = copied(drained(steps));
            if (!copied.isEmpty() && cache.flushes().flushNow()) {
                if (commit(copied)) {
                    mapped.addAll(copied);
                } else {
                    cache.unmapper().inDoubt(placements(copied));
                }
            }
        } finally {
            finish(steps, mapped);
            cache.originWrites().release(holds).forEach(cache::release);
        }
    }

    private void finish(List<Step> steps, List<Step> mapped) {
        if (!mapped.isEmpty()) {
            cache.map().publish(placements(mapped));
        }
        for (Step step : steps) {
            if (mapped.contains(step)) {
                step.outcome = MigrationOutcome.DONE;
                cache.counters().promotions.increment();
            } else if (step.block.origin() == CacheBlock.NONE) {
                cache.map().free(step.block);
            }
        }
    }

    private static List<BlockMap.Placement> placements(List<Step> steps) {
        return steps.stream()
                .map(step -> new BlockMap.Placement(step.promoted(), step.block))
                .toList();
    }

    /** The blocks that nobody writes to any more. */
    private List<Step> drained(List<Step> steps) {
        steps.forEach(step -> step.drain = cache.originWrites().drain(step.promoted()));
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        List<Step> drained = new ArrayList<>();
        for (Step step : steps) {
            while (!step.drain.isOver() && !isEnough(deadlineNanos)) {
                LockSupport.parkNanos(POLL_NANOS);
            }
            if (step.drain.isOver()) {
                drained.add(step);
            }
        }
        // One of those who left may have left a doubt behind, which he noted first.
        return cache.doubts().any() ? List.of() : drained;
    }

    private List<Step> copied(List<Step> steps) {
        Blocks blocks = cache.blocks();
        List<BioStatus> statuses;
        try {
            statuses = copier.copy(
                    cache.origin(),
                    cache.device(),
                    steps.stream()
                            .map(step -> new BlockCopier.Copy(
                                    blocks.originStart(step.promoted()),
                                    blocks.cacheStart(step.block.number()),
                                    blocks.blockSectors()))
                            .toList());
        } catch (OutOfMemoryError e) { // of direct memory, which others give back; the policy has to be told
            cache.log(Level.WARNING, () -> "there is no memory to copy blocks with");
            return List.of();
        }
        List<Step> copied = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            if (statuses.get(i).isOk()) {
                copied.add(steps.get(i));
            } else {
                int failed = i;
                cache.log(
                        Level.WARNING,
                        () -> "origin block " + steps.get(failed).promoted() + " could not be copied: "
                                + statuses.get(failed).text());
            }
        }
        return copied;
    }

    private boolean commit(List<Step> steps) {
        return cache.committer().await(new MetadataChange() {
            @Override
            public void apply(CacheMetadata metadata) throws MetadataException {
                for (Step step : steps) {
                    metadata.map(step.block.number(), step.promoted());
                }
            }

            @Override
            public void settled(boolean durable) {
                // Whoever waits is told.
            }

            @Override
            public boolean needsMetadata() {
                return true;
            }
        });
    }
}
