package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Lets many threads use a policy's selection, which knows of one only. An access is only noted, in a buffer ({@link AccessBuffers}): that
 * costs some nanoseconds, takes no lock and no memory, and is all that a bio's thread pays. What was noted is passed on by {@link
 * #nextMigration}, {@link #tick} and {@link #hints}, which are for the cache's worker; between two of these calls a buffer that is full loses what
 * comes. A large cache pays about 1 us for each access that is passed on, so that the time between two such calls bounds what its worker costs. All
 * calls but {@link #accessed} take a lock, which the worker may hold for some milliseconds.
 *
 * <p>A selection that throws is not called again: the cache goes on with the blocks that it has. {@link #nextMigration} has nothing
 * to do then, and questions get empty answers.
 */
public final class ConcurrentSelection implements CacheSelection {
    private final CacheSelection selection;
    private final Consumer<Throwable> onFailure;
    private final AccessBuffers buffers = new AccessBuffers();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean failed;

    /**
     * Wraps a selection, which nobody else may use from now on.
     *
     * @param onFailure told once what the selection has thrown, on the thread that called it; must not throw
     */
    public ConcurrentSelection(CacheSelection selection, Consumer<Throwable> onFailure) {
        this.selection = selection;
        this.onFailure = onFailure;
    }

    /** Never waits, and calls nobody: safe on the way of a bio. */
    @Override
    public void accessed(long originBlock, boolean write) {
        buffers.note(originBlock, write);
    }

    @Override
    public void loaded(long originBlock, int hint, boolean hintValid) {
        callLocked(s -> s.loaded(originBlock, hint, hintValid));
    }

    @Override
    public Optional<Migration> nextMigration(boolean idle) {
        return askLocked(
                s -> {
                    drain(s);
                    return Objects.requireNonNull(s.nextMigration(idle), "nextMigration returned null");
                },
                Optional.empty());
    }

    @Override
    public void migrated(Migration migration, MigrationOutcome outcome) {
        callLocked(s -> s.migrated(migration, outcome));
    }

    @Override
    public void removed(long originBlock) {
        callLocked(s -> s.removed(originBlock));
    }

    @Override
    public int residents() {
        return askLocked(CacheSelection::residents, 0);
    }

    @Override
    public void hints(HintVisitor visitor) {
        callLocked(s -> {
            drain(s);
            s.hints(visitor);
        });
    }

    @Override
    public void tick() {
        callLocked(s -> {
            drain(s);
            s.tick();
        });
    }

    @Override
    public void set(String key, String value) throws TargetException {
        Optional<TargetException> refusal = askLocked(
                s -> {
                    try {
                        s.set(key, value);
                        return Optional.empty();
                    } catch (TargetException e) {
                        return Optional.of(e);
                    }
                },
                Optional.of(new TargetException("the policy has failed, and cannot be set up any more")));
        if (refusal.isPresent()) {
            throw refusal.get();
        }
    }

    @Override
    public List<String> configValues() {
        return askLocked(CacheSelection::configValues, List.of());
    }

    private void drain(CacheSelection drained) {
        buffers.drain(drained::accessed);
    }

    private void callLocked(Consumer<CacheSelection> action) {
        askLocked(
                s -> {
                    action.accept(s);
                    return null;
                },
                null);
    }

    private <T> T askLocked(Function<CacheSelection, T> question, T otherwise) {
        lock.lock();
        try {
            return ask(question, otherwise);
        } finally {
            lock.unlock();
        }
    }

    // A policy is somebody else's code: whatever it throws, also an error of linking it, must not end a bio's thread.
    @SuppressWarnings("CatchingUnchecked")
    private <T> T ask(Function<CacheSelection, T> question, T otherwise) {
        if (failed) {
            return otherwise;
        }
        try {
            return question.apply(selection);
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            failed = true;
            onFailure.accept(e);
            return otherwise;
        }
    }
}
