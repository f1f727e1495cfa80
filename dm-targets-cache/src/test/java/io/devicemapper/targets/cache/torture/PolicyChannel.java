package io.devicemapper.targets.cache.torture;

import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * How a test tells a cache with the policy {@code torture} what to promote and evict: at random, on command, or nothing at all. A command waits until the
 * cache asks for work, which it does when bios come.
 */
final class PolicyChannel implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** Several times as long as a cache takes to look for work where nothing else keeps it busy. */
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final Map<Integer, PolicyChannel> OPEN = new ConcurrentHashMap<>();

    private final int number = NUMBERS.incrementAndGet();
    private final Deque<Migration> commands = new ArrayDeque<>();
    private final List<String> breaches = new ArrayList<>();
    private TortureSelection selection;
    private Random random;
    private Migration awaited;
    private MigrationOutcome outcome;
    private int done;
    private int asked;

    PolicyChannel() {
        OPEN.put(number, this);
    }

    static PolicyChannel of(int number) {
        return OPEN.get(number);
    }

    int number() {
        return number;
    }

    /** From now on this selection is in use: the last one that a table was made with. */
    synchronized void attach(TortureSelection attached) {
        selection = attached;
    }

    /** From now on the cache migrates at random whenever it asks. */
    synchronized void migrateAtRandom(Random source) {
        random = source;
    }

    /** From now on only commands are carried out. */
    synchronized void migrateOnCommand() {
        random = null;
    }

    /** A hint that is called valid must be: it is of a stop in good order, and goes with the first commit of the next life. */
    synchronized void requireHint(long originBlock, int hint) {
        require(hint == (int) originBlock, "the hint of block " + originBlock + " is " + hint);
    }

    /** How many migrations were carried out. */
    synchronized int done() {
        return done;
    }

    synchronized List<String> breaches() {
        return List.copyOf(breaches);
    }

    synchronized void require(boolean right, String breach) {
        if (!right) {
            breaches.add(breach);
        }
    }

    Optional<Migration> next(TortureSelection asking) {
        Random source;
        Migration command;
        synchronized (this) {
            if (asking != selection) {
                return Optional.empty();
            }
            asked++;
            notifyAll();
            command = commands.poll();
            source = random;
            if (command == null && (source == null || source.nextInt(3) == 0)) {
                return Optional.empty();
            }
        }
        if (command == null) {
            return asking.random(source);
        }
        Optional<Migration> begun = asking.begin(command);
        if (begun.isEmpty()) {
            ended(asking, command, MigrationOutcome.REFUSED);
        }
        return begun;
    }

    synchronized void ended(TortureSelection told, Migration migration, MigrationOutcome how) {
        if (told == selection) {
            done += how == MigrationOutcome.DONE ? 1 : 0;
            if (migration.equals(awaited)) {
                outcome = how;
                notifyAll();
            }
        }
    }

    /**
     * Has the cache carry out a migration, and waits for that.
     *
     * @param prod makes the cache look for work: called again and again
     * @param gone whether there is no point in waiting any longer; the migration counts as refused then
     */
    MigrationOutcome command(Migration migration, Prod prod, BooleanSupplier gone) throws InterruptedException {
        synchronized (this) {
            awaited = migration;
            outcome = null;
            commands.add(migration);
        }
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            prod.prod();
            synchronized (this) {
                if (outcome == null) {
                    wait(1);
                }
                if (outcome != null || gone.getAsBoolean()) {
                    awaited = null;
                    commands.remove(migration);
                    return outcome == null ? MigrationOutcome.REFUSED : outcome;
                }
                if (System.nanoTime() > deadlineNanos) {
                    throw new AssertionError(migration + " was not carried out");
                }
            }
        }
    }

    /** How often the cache has asked for work. */
    synchronized int asked() {
        return asked;
    }

    /** Gives the cache time to ask for work more often than that; one that does not migrate never does. */
    void awaitAsked(int before, BooleanSupplier gone) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + PACE_NANOS;
        synchronized (this) {
            while (asked == before && !gone.getAsBoolean() && System.nanoTime() < deadlineNanos) {
                wait(1);
            }
        }
    }

    /** Makes a cache look for work. */
    @FunctionalInterface
    interface Prod {
        void prod() throws InterruptedException;
    }

    /** The blocks that are in the cache, by what the policy was told. */
    List<Long> residents() {
        TortureSelection current;
        synchronized (this) {
            current = selection;
        }
        return current.residentBlocks();
    }

    @Override
    public void close() {
        OPEN.remove(number);
    }
}
