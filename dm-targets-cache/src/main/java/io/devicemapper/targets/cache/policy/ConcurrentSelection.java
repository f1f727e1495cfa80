package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Lets many threads use a policy's selection, which knows of one only. An access is noted in a buffer ({@link AccessBuffers}), which costs
 * some nanoseconds and takes no lock and no memory. Now and then one of those who note something passes all on to the selection, if nobody
 * else does so already, and pays for that; all other calls take a lock, and pass on first what was noted.
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

    @Override
    public void accessed(long originBlock, boolean write) {
        if (buffers.note(originBlock, write) && !failed && lock.tryLock()) {
            try {
                call(this::drain);
            } finally {
                lock.unlock();
            }
        }
    }

    private void drain(CacheSelection drained) {
        buffers.drain(drained::accessed);
    }

    @Override
    public void loaded(long originBlock, int hint, boolean hintValid) {
        callLocked(s -> s.loaded(originBlock, hint, hintValid));
    }

    @Override
    public Optional<Migration> nextMigration(boolean idle) {
        return askLocked(s -> s.nextMigration(idle), Optional.empty());
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
        callLocked(s -> s.hints(visitor));
    }

    @Override
    public void tick() {
        callLocked(CacheSelection::tick);
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

    private void callLocked(Consumer<CacheSelection> action) {
        lock.lock();
        try {
            call(s -> {
                drain(s);
                action.accept(s);
            });
        } finally {
            lock.unlock();
        }
    }

    private <T> T askLocked(Function<CacheSelection, T> question, T otherwise) {
        lock.lock();
        try {
            return ask(
                    s -> {
                        drain(s);
                        return question.apply(s);
                    },
                    otherwise);
        } finally {
            lock.unlock();
        }
    }

    private void call(Consumer<CacheSelection> action) {
        ask(
                s -> {
                    action.accept(s);
                    return null;
                },
                null);
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
