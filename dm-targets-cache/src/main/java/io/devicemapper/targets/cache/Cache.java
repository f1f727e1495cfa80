package io.devicemapper.targets.cache;

import io.devicemapper.block.BioStatus;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetBio;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/**
 * A cache in service, from one resume to the next suspend: its parts, and what they need of each other. Made by {@link CacheOpening}.
 */
final class Cache {
    private final DmTarget<?> ti;
    private final CacheArguments arguments;
    private final Blocks blocks;
    private final CacheMetadata metadata;
    private final CacheCounters counters;
    private final Doubts doubts;
    private final BlockMap map;
    private final OriginWrites originWrites = new OriginWrites();
    private final Attachment attachment;
    private final Committer committer;
    private final Unmapper unmapper;
    private final Marks marks;
    private final Flushes flushes;
    private final RangeOperations ranges;
    private final Migrator migrator;
    private final BioPaths paths;
    private final ExecutorService releases;
    private final boolean passesDiscards;
    private final boolean writesZeroes;

    /**
     * The threads of a cache.
     *
     * @param commits one thread
     * @param work one thread
     * @param releases bios that waited go on here, where a device may wait
     */
    record Threads(ExecutorService commits, ScheduledExecutorService work, ExecutorService releases) {}

    Cache(
            DmTarget<?> ti,
            CacheArguments arguments,
            Blocks blocks,
            CacheMetadata metadata,
            CacheCounters counters,
            BlockMap map,
            Threads threads) {
        this.ti = ti;
        this.arguments = arguments;
        this.blocks = blocks;
        this.metadata = metadata;
        this.counters = counters;
        this.doubts = Claims.doubts(ti);
        this.map = map;
        this.releases = threads.releases();
        this.attachment = new Attachment(this, metadata);
        this.committer = new Committer(this, threads.commits());
        this.unmapper = new Unmapper(this);
        this.marks = new Marks(this);
        this.flushes = new Flushes(this);
        this.ranges = new RangeOperations(this);
        this.migrator = new Migrator(this, threads.work());
        this.passesDiscards = arguments.features().discardPassdown()
                && arguments.origin().limits().maxDiscardSectors() > 0;
        this.writesZeroes = arguments.device().limits().maxWriteZeroesSectors() >= blocks.blockSectors();
        this.paths = new BioPaths(this);
    }

    DmDev device() {
        return arguments.device();
    }

    DmDev origin() {
        return arguments.origin();
    }

    CacheMode mode() {
        return arguments.features().mode();
    }

    Blocks blocks() {
        return blocks;
    }

    CacheMetadata metadata() {
        return metadata;
    }

    CacheCounters counters() {
        return counters;
    }

    Doubts doubts() {
        return doubts;
    }

    BlockMap map() {
        return map;
    }

    OriginWrites originWrites() {
        return originWrites;
    }

    Attachment attachment() {
        return attachment;
    }

    Committer committer() {
        return committer;
    }

    Unmapper unmapper() {
        return unmapper;
    }

    Marks marks() {
        return marks;
    }

    Flushes flushes() {
        return flushes;
    }

    RangeOperations ranges() {
        return ranges;
    }

    Migrator migrator() {
        return migrator;
    }

    BioPaths paths() {
        return paths;
    }

    /** Whether discards go down to the origin. */
    boolean passesDiscards() {
        return passesDiscards;
    }

    /** Whether the cache device writes a block of zeroes without being sent them. */
    boolean canWriteZeroes() {
        return writesZeroes;
    }

    boolean isCacheLost() {
        return attachment.isCacheLost();
    }

    long migrationThreshold() {
        return arguments.policy().migrationThreshold();
    }

    /** Whether blocks may come into the cache now. */
    boolean maySpendOnMigrations() {
        return mode() == CacheMode.WRITETHROUGH
                && attachment.isAttached()
                && !attachment.isCacheLost()
                && !doubts.any();
    }

    /** Somebody uses a block no more. */
    void leave(CacheBlock block) {
        if (block.leave()) {
            map.free(block);
        }
    }

    /** Both legs of a write to a cached block are over. */
    void writeEnded(MirroredWrite write) {
        CacheBlock block = write.block();
        List<MirroredWrite> starting;
        synchronized (block) {
            BlockWrites writes = block.writes();
            writes.ended(write, flushes.next(), System.nanoTime());
            starting = writes.startable();
            starting.forEach(started -> block.enterHeld());
            if (block.origin() == CacheBlock.NONE && writes.isIdle()) {
                block.forgetWrites();
            }
        }
        leave(block);
        starting.forEach(this::launch);
    }

    /** Starts a write that waited. */
    void launch(MirroredWrite write) {
        afterWait(() -> paths.launch(write));
    }

    /** Sends a write that waited on its way again. */
    void release(TargetBio bio) {
        afterWait(() -> paths.again(bio));
    }

    /** Where a device may sleep, those who waited for one commit must not go on one after another. */
    private void afterWait(Runnable submission) {
        if (ti.table().mayWait()) {
            releases.execute(submission);
        } else {
            submission.run();
        }
    }

    /** For worker and control threads: takes blocks out of the cache, and waits. False if that failed for one. */
    boolean unmapAndWait(List<CacheBlock> leaving) {
        CountDownLatch over = new CountDownLatch(1);
        boolean[] allDone = new boolean[1];
        Countdown countdown = new Countdown(leaving.size(), done -> {
            allDone[0] = done;
            over.countDown();
        });
        for (CacheBlock block : leaving) {
            unmapper.unmap(block, block.origin(), countdown);
        }
        countdown.unmapped(true);
        Waiting.forLatch(over);
        return allDone[0];
    }

    /** A bio to the cache device has failed. */
    void cacheFailed(BioStatus status) {
        if (attachment.cacheFailed()) {
            log(Level.ERROR, () -> "the cache device fails again and again: " + status.text());
            committer.execute(() -> {
                attachment.leaveCacheDevice();
                migrator.dropAllSoon();
            });
        }
    }

    /** A flush has failed. */
    void flushFailed(BioStatus cacheStatus, BioStatus originStatus) {
        log(
                Level.WARNING,
                () -> "a flush failed (cache device: " + cacheStatus.text() + ", origin: " + originStatus.text()
                        + "): blocks written since the last one leave the cache");
    }

    /** A flush of the origin that nobody above had asked for has failed: they have to hear of it, after a change of tables too. */
    void originFlushFailed(BioStatus status) {
        ti.flushFailed(status);
    }

    /** Due every second, on the worker thread. */
    void everySecond() {
        if (attachment.isStuck()) {
            committer.execute(attachment::retry);
        }
        if (!attachment.isCacheLost()) {
            marks.clear(false);
        } else if (!attachment.isStuck() && map.residents() > 0) {
            migrator.dropAllSoon();
        }
    }

    /** The table is live. */
    void start(CacheSelection selection) {
        migrator.start(selection);
    }

    /** Ends all work, and stores what helps after a restart. No bio is under way. */
    void close(CacheSelection selection) {
        migrator.stop();
        migrator.runAndWait(() -> {
            if (attachment.isAttached() && !attachment.isCacheLost()) {
                marks.clear(true);
            }
            committer.await(new FinalChange(this, arguments.policy().identity(), selection));
        });
        metadata.close();
    }

    void event() {
        ti.event();
    }

    void log(Level level, String message, Throwable cause) {
        String text = ti.deviceName() + ": cache: " + message;
        if (cause instanceof IOException) {
            ti.log().log(level, text + " (" + cause.getMessage() + ")");
        } else {
            ti.log().log(level, text, cause);
        }
    }

    void log(Level level, Supplier<String> message) {
        ti.log().log(level, () -> ti.deviceName() + ": cache: " + message.get());
    }
}
