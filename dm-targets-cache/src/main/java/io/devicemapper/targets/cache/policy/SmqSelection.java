package io.devicemapper.targets.cache.policy;

import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.cache.HintVisitor;
import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import io.devicemapper.target.TargetException;
import java.util.List;
import java.util.Optional;

/**
 * LIRS that tunes itself: {@link Lirs} says which block leaves and which is worth its place, {@link QueueShareTuner} how far to trust
 * recency alone. Of what comes into question, blocks that were used before come first; a block used for the first time is brought in
 * where a cache block is free, recency is what counts, or nothing else is to do, unless it belongs to a long sequential walk through a full cache.
 *
 * <p>Memory: at most 37 bytes for each cache block and each ghost, of which there are {@value #GHOSTS_PER_BLOCK} a cache block, at least
 * {@value #MIN_GHOSTS}: 111 bytes a cache block, and about 350 KB for the tuner's models and the blocks on their way.
 */
class SmqSelection implements CacheSelection {
    static final int GHOSTS_PER_BLOCK = 2;
    /** A small cache can afford to look further back. */
    static final int MIN_GHOSTS = 1024;

    /** Levels of the kernel's smq: 0 to 63. */
    private static final int MAX_LEVEL = 63;

    /** More than any cache has under way; bounds memory. */
    private static final int MAX_ARRIVING = 256;

    /** Misses that wait to be brought in. What has waited for so many others is out of date. */
    private static final int MAX_WAITING = 256;

    private static final String SEQUENTIAL_THRESHOLD = "sequential_threshold";
    private static final int DEFAULT_SEQUENTIAL_THRESHOLD_BLOCKS = 32;

    private final Lirs lirs;
    private final QueueShareTuner tuner;
    private final Streams streams;
    private final BlockRing reused = new BlockRing(MAX_WAITING);
    private final BlockRing usedOnce = new BlockRing(MAX_WAITING);
    private LoadedBlocks loaded = new LoadedBlocks(MAX_LEVEL);
    private int sequentialThresholdBlocks = DEFAULT_SEQUENTIAL_THRESHOLD_BLOCKS;
    private boolean sequentialThresholdSet;

    SmqSelection(CacheGeometry geometry) {
        int cacheBlocks = geometry.cacheBlocks();
        lirs = new Lirs(cacheBlocks, maxGhosts(cacheBlocks), MAX_ARRIVING);
        tuner = new QueueShareTuner(cacheBlocks);
        streams = new Streams(cacheBlocks);
        lirs.setQueueShare(tuner.share());
    }

    /** So many, and not more than the arrays of {@link Lirs} can be long. */
    static int maxGhosts(int cacheBlocks) {
        long wanted = Math.max(MIN_GHOSTS, (long) GHOSTS_PER_BLOCK * cacheBlocks);
        return (int) Math.min(wanted, Math.max(MIN_GHOSTS, (1L << 29) - cacheBlocks));
    }

    @Override
    public void loaded(long originBlock, int hint, boolean hintValid) {
        loaded.add(originBlock, hintValid ? hint : 0);
    }

    /** The hottest become the reused ones. */
    private void takeLoaded() {
        if (loaded != null) {
            int others = Math.max(0, loaded.size() - lirs.maxReused());
            int[] rank = {0};
            loaded.forEachColdestFirst(block -> lirs.addResident(block, rank[0]++ >= others));
            loaded = null;
        }
    }

    @Override
    public void accessed(long originBlock, boolean write) {
        takeLoaded();
        int walkedBlocks = streams.accessed(originBlock);
        if (walkedBlocks == Streams.SAME_USE) {
            return;
        }
        if (tuner.accessed(originBlock)) {
            lirs.setQueueShare(tuner.share());
        }
        switch (lirs.accessed(originBlock)) {
            case HIT, ARRIVING_MISS -> {}
            case REUSED_MISS -> reused.add(originBlock);
            case FIRST_MISS -> {
                if (lirs.hasFreeBlock() || !isSequential(walkedBlocks)) {
                    usedOnce.add(originBlock);
                }
            }
        }
    }

    private boolean isSequential(int walkedBlocks) {
        return sequentialThresholdBlocks > 0 && walkedBlocks >= sequentialThresholdBlocks;
    }

    @Override
    public Optional<Migration> nextMigration(boolean idle) {
        takeLoaded();
        Optional<Migration> migration = next(reused);
        boolean firstUsePays = idle || lirs.hasFreeBlock() || tuner.trustsRecency();
        return migration.isEmpty() && firstUsePays ? next(usedOnce) : migration;
    }

    private Optional<Migration> next(BlockRing waiting) {
        while (lirs.canArrive()) {
            long block = waiting.poll();
            if (block == Migration.NONE) {
                break;
            }
            if (lirs.isGhost(block)) {
                return Optional.ofNullable(begin(block));
            }
        }
        return Optional.empty();
    }

    /** Null if nothing can make room. */
    private Migration begin(long block) {
        if (lirs.hasFreeBlock()) {
            lirs.beginArrival(block, true);
            return Migration.promote(block);
        }
        lirs.beginArrival(block, false);
        long evicted = lirs.beginDeparture();
        if (evicted == Migration.NONE) {
            lirs.arrivalRefused(block);
            return null;
        }
        return Migration.replace(evicted, block);
    }

    @Override
    public void migrated(Migration migration, MigrationOutcome outcome) {
        switch (outcome) {
            case DONE -> {
                if (migration.evicts()) {
                    lirs.departed(migration.evicted());
                }
                lirs.arrived(migration.promoted());
            }
            case ONLY_EVICTED -> {
                lirs.departed(migration.evicted());
                lirs.arrivalFailed(migration.promoted());
            }
            case REFUSED -> {
                if (migration.evicts()) {
                    lirs.departureRefused(migration.evicted());
                    lirs.arrivalRefused(migration.promoted());
                } else {
                    lirs.arrivalFailed(migration.promoted());
                }
            }
        }
    }

    @Override
    public void removed(long originBlock) {
        takeLoaded();
        lirs.removed(originBlock);
    }

    @Override
    public int residents() {
        takeLoaded();
        return lirs.residents();
    }

    @Override
    public void hints(HintVisitor visitor) {
        takeLoaded();
        lirs.levels(MAX_LEVEL, visitor);
    }

    @Override
    public void tick() {
        streams.tick();
    }

    @Override
    public void set(String key, String value) throws TargetException {
        if (!key.equals(SEQUENTIAL_THRESHOLD)) {
            throw new TargetException("unknown key '" + key + "'; smq has " + SEQUENTIAL_THRESHOLD);
        }
        try {
            sequentialThresholdBlocks = Integer.parseUnsignedInt(value);
        } catch (NumberFormatException e) {
            throw new TargetException(
                    SEQUENTIAL_THRESHOLD + ": expected a number of blocks, or 0 to take all walks alike, found '"
                            + value + "'",
                    e);
        }
        sequentialThresholdSet = true;
    }

    /** Nothing unless it was set: a status without arguments is what the kernel's smq has. */
    @Override
    public List<String> configValues() {
        return sequentialThresholdSet
                ? List.of(SEQUENTIAL_THRESHOLD, Integer.toString(sequentialThresholdBlocks))
                : List.of();
    }
}
