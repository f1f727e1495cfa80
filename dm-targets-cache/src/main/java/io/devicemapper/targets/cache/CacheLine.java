package io.devicemapper.targets.cache;

import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetException;
import io.devicemapper.targets.cache.metadata.CacheStatistics;
import java.util.List;

/** The state of one target: a table line, and the cache that it stands for while its table is live. */
final class CacheLine {
    /** Bios that waited go on side by side where a device may sleep: so many at a time. */
    private static final int RELEASE_THREADS = 8;

    private final DmTarget<CacheLine> ti;
    private final CacheArguments arguments;

    /** By the sizes that the devices had when they were looked at last. */
    private volatile Blocks blocks;

    private final CacheCounters counters = new CacheCounters();
    private final Cache.Threads threads;
    private volatile Cache cache;

    /** What INFO status shows while there is no cache in service. */
    private volatile Occupancy atRest;

    /** What is called for each bio; null while the table is not live, and where it is read-only. */
    private volatile BioPaths paths;

    private volatile CacheSelection selection;

    /** For {@code ctr}. */
    CacheLine(DmTarget<CacheLine> ti, CacheArguments arguments) throws TargetException {
        this.ti = ti;
        this.arguments = arguments;
        this.blocks = arguments.blocks(ti.len());
        this.atRest = Occupancy.ofNothing(arguments.metadata(), isReadOnly());
        this.threads = new Cache.Threads(
                ti.worker("cache-commit", 1),
                ti.scheduler("cache-migrate"),
                ti.worker("cache-release", RELEASE_THREADS));
    }

    CacheArguments arguments() {
        return arguments;
    }

    /** Whether nothing of the cache is used, since nothing of it may be written. */
    boolean isReadOnly() {
        return ti.table().readOnly();
    }

    /** The cache, or null while the table is not live. */
    Cache cache() {
        return cache;
    }

    BioPaths paths() {
        return paths;
    }

    CacheSelection selection() {
        return selection;
    }

    void preresume() throws TargetException {
        closeWithoutStoring();
        if (isReadOnly()) {
            atRest = CacheOpening.requireNothingNewer(arguments);
            return;
        }
        blocks = arguments.blocks(ti.len());
        CacheOpening.Opened opened = new CacheOpening(ti, arguments, blocks, counters).open(threads);
        cache = opened.cache();
        selection = opened.selection();
        paths = cache.paths();
    }

    void resume() {
        Cache open = cache;
        if (open != null) {
            open.start(selection);
        }
    }

    void presuspend() {
        Cache open = cache;
        if (open != null) {
            open.migrator().stop();
        }
    }

    void postsuspend() {
        Cache open = cache;
        if (open != null) {
            open.close(selection);
            atRest = Occupancy.of(open);
            cache = null;
            paths = null;
        }
    }

    /** For a table that was prepared, and never went live or was never suspended: nothing may be written any more. */
    void closeWithoutStoring() {
        Cache open = cache;
        if (open != null) {
            open.migrator().stop();
            open.metadata().close();
            cache = null;
            paths = null;
        }
    }

    /** INFO status, in the kernel's words. */
    String info() {
        Cache open = cache;
        if (open != null && open.attachment().isStuck()) {
            return "Fail";
        }
        Occupancy occupancy = open == null ? atRest : Occupancy.of(open);
        CacheStatistics statistics = counters.statistics();
        PolicyChoice policy = arguments.policy();
        CacheSelection state = selection;
        List<String> values = state == null ? List.of() : state.configValues();
        return "8 " + occupancy.metadata() + " " + blocks.blockSectors() + " "
                + occupancy.residents() + "/" + blocks.cacheBlocks() + " "
                + statistics.readHits() + " " + statistics.readMisses() + " "
                + statistics.writeHits() + " " + statistics.writeMisses() + " "
                + counters.demotions.sum() + " " + counters.promotions.sum() + " 0 "
                + arguments.features().info() + " 2 migration_threshold " + policy.migrationThreshold() + " "
                + policy.name() + " " + values.size() + " "
                + String.join("", values.stream().map(value -> value + " ").toList())
                + occupancy.mode() + " ";
    }
}
