package io.devicemapper.targets.cache.sim;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CachePolicy;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One policy over one trace at one size. The simulated cache checks what the policy says: a block that is promoted twice, or evicted while
 * it is not there, would make figures that mean nothing.
 */
final class PolicyRun {
    /** Migrations that one cache has under way at a time. */
    private static final int MAX_UNDER_WAY = 64;

    private final Trace trace;
    private final int cacheBlocks;
    private final Conditions conditions;
    private final CacheSelection selection;
    private final Set<Long> cached = new HashSet<>();
    private final Set<Long> busy = new HashSet<>();
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private int blocksTaken;
    private long hits;
    private long promotions;

    private PolicyRun(Trace trace, int cacheBlocks, Conditions conditions, CacheSelection selection) {
        this.trace = trace;
        this.cacheBlocks = cacheBlocks;
        this.conditions = conditions;
        this.selection = selection;
    }

    /**
     * What the cache is like.
     *
     * @param lagAccesses how many accesses go by while a migration is under way
     * @param idle whether the devices have time for copies that may not pay
     */
    record Conditions(int lagAccesses, boolean idle) {}

    /**
     * What came of it.
     *
     * @param hits accesses to blocks that were in the cache
     * @param promotions blocks that were copied into it
     */
    record Result(long hits, long promotions) {}

    private record Pending(Migration migration, long endsAtAccess) {}

    static Result run(
            CachePolicy policy,
            Map<String, String> settings,
            Trace trace,
            int cacheBlocks,
            int blockSectors,
            Conditions conditions)
            throws SimException {
        CacheSelection selection = policy.create(new CacheGeometry(trace.originBlocks(), cacheBlocks, blockSectors));
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            try {
                selection.set(setting.getKey(), setting.getValue());
            } catch (TargetException e) {
                throw new SimException(policy.name() + ": " + e.getMessage(), e);
            }
        }
        return new PolicyRun(trace, cacheBlocks, conditions, selection).run();
    }

    private Result run() {
        for (int access = 0; access < trace.accesses(); access++) {
            while (!pending.isEmpty() && pending.peek().endsAtAccess() <= access) {
                end(pending.remove().migration());
            }
            long block = trace.block(access);
            if (cached.contains(block)) {
                hits++;
            }
            selection.accessed(block, false);
            beginMigrations(access);
        }
        return new Result(hits, promotions);
    }

    private void beginMigrations(int access) {
        while (pending.size() < MAX_UNDER_WAY) {
            Optional<Migration> migration = selection.nextMigration(conditions.idle());
            if (migration.isEmpty()) {
                return;
            }
            begin(migration.get());
            if (conditions.lagAccesses() == 0) {
                end(migration.get());
            } else {
                pending.add(new Pending(migration.get(), (long) access + conditions.lagAccesses()));
            }
        }
    }

    private void begin(Migration migration) {
        if (migration.evicts()) {
            boolean evictable = cached.contains(migration.evicted()) && busy.add(migration.evicted());
            require(evictable, migration, "evicts a block that is not in the cache or is busy");
        }
        if (migration.promotes()) {
            boolean promotable = !cached.contains(migration.promoted()) && busy.add(migration.promoted());
            require(promotable, migration, "promotes a block that is in the cache or busy");
            if (!migration.evicts()) {
                blocksTaken++;
                require(blocksTaken <= cacheBlocks, migration, "promotes into a full cache");
            }
        }
    }

    private void end(Migration migration) {
        if (migration.evicts()) {
            busy.remove(migration.evicted());
            // Until the block has gone it was hit, as it would be in a cache.
            cached.remove(migration.evicted());
        }
        if (migration.promotes()) {
            busy.remove(migration.promoted());
            cached.add(migration.promoted());
            promotions++;
        } else {
            blocksTaken--;
        }
        selection.migrated(migration, MigrationOutcome.DONE);
    }

    private static void require(boolean right, Migration migration, String breach) {
        if (!right) {
            throw new IllegalStateException("the policy " + breach + ": " + migration);
        }
    }
}
