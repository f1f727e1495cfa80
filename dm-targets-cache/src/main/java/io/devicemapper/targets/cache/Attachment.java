package io.devicemapper.targets.cache;

import io.devicemapper.block.BlockIoException;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether what the metadata says counts. When it can no longer be kept right, because its device fails or since the cache device does, this is
 * written down first, in one of two places: in the superblock ({@link CacheMetadata#detach}), or, if that cannot be written, in the {@link Twin}
 * on the cache device. From then on whoever opens the cache drops everything in it, so nothing has to be committed any more. If
 * neither can be written, nothing may be written past a mapping that others would still believe.
 *
 * <p>Changes on the committer's thread; read by all.
 */
final class Attachment {
    enum State {
        /** Metadata and memory agree. */
        ATTACHED,
        /** The metadata is known to be worthless, durably. */
        DETACHED,
        /** The metadata is out of date, and nobody could be told. */
        STUCK
    }

    /** So many errors of the cache device in a row, and it is left behind. */
    private static final int FAILURES_MAX = 16;

    private final Cache cache;
    private final CacheMetadata metadata;
    private final AtomicInteger cacheFailures = new AtomicInteger();
    private volatile State state = State.ATTACHED;
    private volatile boolean cacheLost;
    private volatile boolean needsCheck;
    private volatile long usedBlocks;
    private final long totalBlocks;

    Attachment(Cache cache, CacheMetadata metadata) {
        this.cache = cache;
        this.metadata = metadata;
        this.usedBlocks = metadata.usedBlocks();
        this.totalBlocks = metadata.totalBlocks();
    }

    boolean isAttached() {
        return state == State.ATTACHED;
    }

    boolean isStuck() {
        return state == State.STUCK;
    }

    /** Whether all goes past the cache device. */
    boolean isCacheLost() {
        return cacheLost;
    }

    /** Whether a change is as good as durable, after its commit has been tried if one had to be. */
    boolean grants(MetadataChange change) {
        return switch (state) {
            case ATTACHED -> true;
            case DETACHED -> !change.needsMetadata();
            case STUCK -> false;
        };
    }

    /** Metadata blocks in use and in all, as INFO status shows them. */
    String usage() {
        return usedBlocks + "/" + totalBlocks;
    }

    /** As INFO status shows it at its end. */
    String info() {
        return Occupancy.mode(state != State.ATTACHED, needsCheck);
    }

    /** A commit has succeeded. */
    void committed(CacheMetadata committed) {
        usedBlocks = committed.usedBlocks();
    }

    /** A change or commit has failed: what was asked for is not durable, or nobody knows. */
    void metadataFailed(Exception failure) {
        cache.log(Level.ERROR, "the metadata cannot be kept up to date any more: the cache is read-only", failure);
        letGo();
        cache.event();
    }

    private void letGo() {
        state = detach(Level.WARNING) || raiseTwin(Level.WARNING) ? State.DETACHED : State.STUCK;
        if (state == State.STUCK) {
            cache.log(
                    Level.ERROR,
                    "neither metadata nor cache device can be written: writes to cached blocks fail until one can",
                    null);
        }
    }

    private boolean detach(Level complaint) {
        try {
            if (metadata.isAbortRequired()) {
                metadata.abort();
            }
            metadata.detach();
            needsCheck = true;
            return true;
        } catch (MetadataException | RuntimeException e) { // there is one more way
            cache.log(complaint, "the superblock cannot be written", e);
            return false;
        }
    }

    private boolean raiseTwin(Level complaint) {
        long twinBlock = metadata.superblock().twinBlock();
        if (twinBlock < 0) {
            return false;
        }
        try {
            Twin.write(
                    cache.device(),
                    cache.blocks().cacheStart(Math.toIntExact(twinBlock)),
                    metadata.identity(),
                    metadata.superblock().generation() + 1);
            return true;
        } catch (BlockIoException e) {
            cache.log(complaint, "the twin of the generation cannot be written", e);
            return false;
        }
    }

    /** On the committer's thread: tries again what could not be written. */
    void retry() {
        if (state == State.STUCK && (detach(Level.DEBUG) || raiseTwin(Level.DEBUG))) {
            state = State.DETACHED;
            cache.log(Level.INFO, "the cache could be marked as out of date: writes to cached blocks go on", null);
            cache.event();
            cache.unmapper().retryStuck();
        }
    }

    /** A bio to the cache device has succeeded: what failed before were single errors. */
    void cacheWorks() {
        if (cacheFailures.get() != 0) {
            cacheFailures.set(0);
        }
    }

    /** A bio to the cache device has failed. Any thread. True if the device should be left behind now; told once. */
    boolean cacheFailed() {
        return cacheFailures.incrementAndGet() == FAILURES_MAX;
    }

    /** On the committer's thread: from now on all goes past the cache device. */
    void leaveCacheDevice() {
        cacheLost = true;
        cache.log(Level.ERROR, "the cache device fails: all goes to the origin until the device is resumed", null);
        if (state == State.ATTACHED) {
            letGo();
        }
        cache.event();
    }
}
