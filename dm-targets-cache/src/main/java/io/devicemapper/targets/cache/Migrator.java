package io.devicemapper.targets.cache;

import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The thread in the background: asks the policy what to migrate, has it done, and does what is due now and then. No bio but a discard waits
 * for it.
 */
final class Migrator {
    /** How long accesses may wait to be told to the policy while there are any, and while there are none. */
    private static final long BUSY_MILLIS = 5;

    private static final long IDLE_MILLIS = 100;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int MOST_AT_A_TIME = 32;
    private static final int DROPPED_AT_A_TIME = 4096;

    private final Cache cache;
    private final ScheduledExecutorService worker;
    private final MigrationBatch batches;
    private final AtomicBoolean awake = new AtomicBoolean();

    /** Blocks that left the cache without a migration, which the policy does not know yet. */
    private final Queue<Long> removed = new ConcurrentLinkedQueue<>();

    /** Number of the last start: what an earlier one has scheduled ends. */
    private final AtomicInteger runs = new AtomicInteger();

    private volatile CacheSelection selection;
    private volatile boolean running;
    private long accessesSeen;
    private long lastSecondNanos = System.nanoTime();
    private long lastAccessNanos = System.nanoTime();

    /**
     * A migrator that does not run yet.
     *
     * @param worker one thread
     */
    Migrator(Cache cache, ScheduledExecutorService worker) {
        this.cache = cache;
        this.worker = worker;
        this.batches = new MigrationBatch(cache);
    }

    /** Begins, or goes on, to migrate. */
    void start(CacheSelection newSelection) {
        selection = newSelection;
        running = true;
        later(runs.incrementAndGet(), BUSY_MILLIS);
    }

    /** Migrates no more; what is under way ends soon. Discards go on. */
    void stop() {
        running = false;
    }

    /** Whether migrations should give up their waits. */
    boolean isStopping() {
        return !running;
    }

    /** Notes an access. Any thread; never waits. */
    void accessed(long originBlock, boolean write) {
        selection.accessed(originBlock, write);
    }

    /** A block has left the cache without the policy's doing. */
    void removed(long originBlock) {
        removed.add(originBlock);
    }

    /** Has waiting discards begun soon. Any thread; never waits. */
    void wake() {
        if (awake.compareAndSet(false, true)) {
            worker.execute(() -> {
                awake.set(false);
                cache.ranges().begin();
            });
        }
    }

    /** The cache device is left behind: has all blocks dropped. Any thread; never waits. */
    void dropAllSoon() {
        worker.execute(() -> {
            while (true) {
                List<CacheBlock> blocks = cache.map().inRange(0, Long.MAX_VALUE, DROPPED_AT_A_TIME);
                if (blocks.isEmpty() || !cache.unmapAndWait(blocks)) {
                    return;
                }
            }
        });
    }

    /** Runs a task on the worker thread, behind what it does at the moment, and waits for it. */
    void runAndWait(Runnable task) {
        boolean interrupted = false;
        Future<?> done = worker.submit(task);
        while (true) {
            try {
                done.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                cache.log(Level.ERROR, "work before a suspend failed", e.getCause());
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void later(int run, long millis) {
        try {
            Future<?> unused = worker.schedule(() -> run(run), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The target is gone, and so is its work.
            running = false;
        }
    }

    private void run(int run) {
        if (!running || runs.get() != run) {
            return;
        }
        try {
            long nowNanos = System.nanoTime();
            CacheCounters counters = cache.counters();
            long accesses = counters.readHits.sum()
                    + counters.readMisses.sum()
                    + counters.writeHits.sum()
                    + counters.writeMisses.sum();
            if (accesses != accessesSeen) {
                accessesSeen = accesses;
                lastAccessNanos = nowNanos;
            }
            cache.ranges().begin();
            migrate(nowNanos - lastAccessNanos > SECOND_NANOS);
            if (nowNanos - lastSecondNanos > SECOND_NANOS) {
                lastSecondNanos = nowNanos;
                selection.tick();
                cache.everySecond();
            } else if (cache.marks().count() > Marks.MANY) {
                cache.marks().clear(false);
            }
        } catch (RuntimeException e) { // nobody looks at the future, and the next run may do better
            cache.log(Level.ERROR, "work in the background failed", e);
        } finally {
            if (running) {
                later(run, System.nanoTime() - lastAccessNanos < SECOND_NANOS ? BUSY_MILLIS : IDLE_MILLIS);
            }
        }
    }

    /** Ends now and then although there is more to do: messages, and what is due every second, wait for this thread. */
    private void migrate(boolean idle) {
        long begunNanos = System.nanoTime();
        while (running && System.nanoTime() - begunNanos < SECOND_NANOS) {
            tellRemoved(Set.of());
            List<Migration> migrations = next(idle);
            if (migrations.isEmpty()) {
                return;
            }
            List<MigrationOutcome> outcomes = batches.carryOut(migrations);
            Set<Long> evicted = new HashSet<>();
            for (int i = 0; i < migrations.size(); i++) {
                selection.migrated(migrations.get(i), outcomes.get(i));
                if (migrations.get(i).evicts() && outcomes.get(i) != MigrationOutcome.REFUSED) {
                    evicted.add(migrations.get(i).evicted());
                }
            }
            tellRemoved(evicted);
            cache.ranges().begin();
            if (outcomes.stream().allMatch(outcome -> outcome == MigrationOutcome.REFUSED)) {
                return; // asked again at once, a policy that keeps on would have this thread do nothing else
            }
        }
    }

    private List<Migration> next(boolean idle) {
        List<Migration> migrations = new ArrayList<>();
        if (!cache.maySpendOnMigrations()) {
            return migrations;
        }
        long threshold = cache.migrationThreshold();
        long most =
                Math.min(MOST_AT_A_TIME, Math.max(threshold / cache.blocks().blockSectors(), threshold > 0 ? 1 : 0));
        while (migrations.size() < most) {
            Optional<Migration> migration = selection.nextMigration(idle);
            if (migration.isEmpty()) {
                break;
            }
            migrations.add(migration.get());
        }
        return migrations;
    }

    /** A block of a migration is not told of: what became of that says it. */
    private void tellRemoved(Set<Long> evicted) {
        for (Long block = removed.poll(); block != null; block = removed.poll()) {
            if (!evicted.contains(block)) {
                selection.removed(block);
            }
        }
    }
}
