package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.Migration;

/**
 * Finds out how much of the cache the queue of {@link Lirs} should have. With nearly nothing for it, the cache keeps what is used often
 * and withstands loops and scans; with nearly all of it, it is LRU, which is best where what was used last is used next.
 *
 * <p>A few models of the cache run beside it, one for each share, on a sample of the blocks that is chosen by hash and as large as the
 * models are small (as in SHARDS, Waldspurger et al., FAST 2015). The model with most hits lately wins. Memory does not depend on
 * the size of the cache; a model costs as much as the cache's own bookkeeping for each access to a block of the sample.
 */
final class QueueShareTuner {
    private static final double[] SHARES = {0.01, 0.3, 0.95};

    /** A model of this many blocks tells the hit ratio of a large cache to about a point. */
    private static final int MAX_MODEL_BLOCKS = 1024;

    /** How far a model's memory of hits goes back, in accesses for each block of the model. */
    private static final int MEMORY_ACCESSES_PER_BLOCK = 6;

    /** Below that hits are too few to tell the models apart. */
    private static final int MIN_MEMORY_ACCESSES = 1000;

    /** How many more hits than the present choice a model must have: a draw changes nothing. */
    private static final int MARGIN_HITS = 5;

    private final Lirs[] models = new Lirs[SHARES.length];
    private final double[] recentHits = new double[SHARES.length];
    private final double memory;
    private final long sampledHashes;
    private int choice;

    QueueShareTuner(int cacheBlocks) {
        int modelBlocks = Math.min(cacheBlocks, MAX_MODEL_BLOCKS);
        sampledHashes = (long) ((double) modelBlocks / cacheBlocks * (1L << 32));
        memory = 1 - 1.0 / Math.max(MIN_MEMORY_ACCESSES, MEMORY_ACCESSES_PER_BLOCK * modelBlocks);
        for (int i = 0; i < models.length; i++) {
            models[i] = new Lirs(modelBlocks, SmqSelection.maxGhosts(modelBlocks), 1);
            models[i].setQueueShare(SHARES[i]);
        }
    }

    /** The share that did best lately. */
    double share() {
        return SHARES[choice];
    }

    /** Whether what was used last is worth keeping for that alone. */
    boolean trustsRecency() {
        return choice > 0;
    }

    /**
     * A use of a block.
     *
     * @return whether {@link #share} has changed
     */
    boolean accessed(long block) {
        // Other bits of the hash than those that BlockTable goes by.
        if ((BlockHash.mix(block) & 0xFFFF_FFFFL) >= sampledHashes) {
            return false;
        }
        int best = choice;
        for (int i = 0; i < models.length; i++) {
            boolean hit = use(models[i], block);
            recentHits[i] = recentHits[i] * memory + (hit ? 1 : 0);
        }
        for (int i = 0; i < models.length; i++) {
            if (recentHits[i] > recentHits[best] + (best == choice ? MARGIN_HITS : 0)) {
                best = i;
            }
        }
        boolean changed = best != choice;
        choice = best;
        return changed;
    }

    /** A cache whose every miss brings the block in at once. */
    private static boolean use(Lirs model, long block) {
        if (model.accessed(block) == Lirs.Access.HIT) {
            return true;
        }
        boolean free = model.hasFreeBlock();
        model.beginArrival(block, free);
        long evicted = free ? Migration.NONE : model.beginDeparture();
        if (evicted != Migration.NONE) {
            model.departed(evicted);
        }
        model.arrived(block);
        return false;
    }
}
