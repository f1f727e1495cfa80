package io.devicemapper.targets.cache;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * The only one who changes the metadata of a running cache. What is asked for while a commit is under way is made durable together
 * by the next one, so that many writes wait for one commit.
 */
final class Committer {
    private final Cache cache;
    private final Executor worker;
    private final ConcurrentLinkedQueue<MetadataChange> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final LongAdder commits = new LongAdder();

    /**
     * A committer with nothing to do.
     *
     * @param worker one thread
     */
    Committer(Cache cache, Executor worker) {
        this.cache = cache;
        this.worker = worker;
    }

    /** How many commits there were. */
    long commits() {
        return commits.sum();
    }

    /**
     * Puts a change behind those that were asked for before; {@link #kick} must follow. For those who hold a block's monitor: changes of
     * one block become durable in the order in which its state changed in memory.
     */
    void enqueue(MetadataChange change) {
        waiting.add(change);
    }

    /** Sees to it that what was enqueued is carried out. Never waits. */
    void kick() {
        if (!waiting.isEmpty() && scheduled.compareAndSet(false, true)) {
            worker.execute(this::run);
        }
    }

    /** Runs something between two commits. */
    void execute(Runnable task) {
        worker.execute(task);
    }

    private void run() {
        List<MetadataChange> batch = takeAll();
        try {
            if (!batch.isEmpty()) {
                carryOut(batch);
            }
        } catch (RuntimeException e) { // of a continuation: the next batch must not pay for it
            cache.log(Level.ERROR, "what follows a commit failed", e);
        } finally {
            scheduled.set(false);
            kick();
        }
    }

    private List<MetadataChange> takeAll() {
        List<MetadataChange> batch = new ArrayList<>();
        for (MetadataChange next = waiting.poll(); next != null; next = waiting.poll()) {
            batch.add(next);
        }
        return batch;
    }

    private void carryOut(List<MetadataChange> batch) {
        if (cache.attachment().isAttached()) {
            commit(batch);
        }
        List<Unmapping> hidden = new ArrayList<>();
        List<Boolean> durable = new ArrayList<>(batch.size());
        for (MetadataChange change : batch) {
            boolean settled = cache.attachment().grants(change);
            durable.add(settled);
            if (settled && change instanceof UnmapChange unmap) {
                hidden.add(unmap.unmapping());
            }
        }
        if (!hidden.isEmpty()) {
            cache.map().hide(hidden);
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).settled(durable.get(i));
        }
    }

    private void commit(List<MetadataChange> batch) {
        CacheMetadata metadata = cache.metadata();
        try {
            for (MetadataChange change : batch) {
                change.apply(metadata);
            }
            metadata.statistics(cache.counters().statistics());
            metadata.commit();
            commits.increment();
            cache.attachment().committed(metadata);
        } catch (MetadataException
                | RuntimeException e) { // whatever it is, what the device holds is not what was asked for
            cache.attachment().metadataFailed(e);
        }
    }

    /** Carries out a change and waits for it. For worker and control threads. Returns whether it is durable. */
    boolean await(MetadataChange change) {
        CountDownLatch settled = new CountDownLatch(1);
        boolean[] outcome = new boolean[1];
        enqueue(new MetadataChange() {
            @Override
            public void apply(CacheMetadata metadata) throws MetadataException {
                change.apply(metadata);
            }

            @Override
            public void settled(boolean durable) {
                change.settled(durable);
                outcome[0] = durable;
                settled.countDown();
            }

            @Override
            public boolean needsMetadata() {
                return change.needsMetadata();
            }
        });
        kick();
        Waiting.forLatch(settled);
        return outcome[0];
    }
}
