package io.devicemapper.targets.cache;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.cache.CacheGeometry;
import io.devicemapper.cache.CacheSelection;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.TargetException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.CacheStatistics;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import io.devicemapper.targets.cache.metadata.Provenance;
import io.devicemapper.targets.cache.policy.ConcurrentSelection;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Puts a cache into service: finds out who used it last, makes it right, and loads it. In the metadata nothing changes before the data is right: a crash at
 * any moment leaves what can be opened again in the same way.
 */
final class CacheOpening {
    private static final int COPIED_AT_A_TIME = 64;

    /** So many lines in the log at most while blocks are copied back. */
    private static final int PROGRESS_STEPS = 20;

    private static final String UNUSABLE = "the cache's metadata cannot be used (";

    private final DmTarget<?> ti;
    private final CacheArguments arguments;
    private final Blocks blocks;
    private final CacheCounters counters;
    private CacheMetadata metadata;
    private LoadedMappings mappings;
    private boolean changed;

    CacheOpening(DmTarget<?> ti, CacheArguments arguments, Blocks blocks, CacheCounters counters) {
        this.ti = ti;
        this.arguments = arguments;
        this.blocks = blocks;
        this.counters = counters;
    }

    /** A cache, and its policy's state. */
    record Opened(Cache cache, CacheSelection selection) {}

    /**
     * Opens the cache.
     *
     * @throws TargetException if that cannot be done; the metadata is closed then
     */
    Opened open(Cache.Threads threads) throws TargetException {
        boolean done = false;
        try {
            metadata = CacheMetadata.open(arguments.metadata());
            makeRight();
            counters.startFrom(metadata.superblock().statistics());
            CacheSelection selection = selection();
            Cache cache = new Cache(ti, arguments, blocks, metadata, counters, map(), threads);
            done = true;
            return new Opened(cache, selection);
        } catch (MetadataException e) {
            throw new TargetException(UNUSABLE + e.getMessage() + ")", e);
        } catch (BlockIoException e) {
            throw new TargetException("the cache cannot be opened (" + e.getMessage() + ")", e);
        } finally {
            if (!done && metadata != null) {
                metadata.close();
            }
        }
    }

    /**
     * For a read-only table, which reads the origin alone: refuses a cache that has what the origin has not.
     *
     * @return what there is to show of it
     * @throws TargetException if there are such blocks, or nobody can tell
     */
    static Occupancy requireNothingNewer(CacheArguments arguments) throws TargetException {
        try {
            if (CacheMetadata.inspect(arguments.metadata()).isEmpty()) {
                return Occupancy.ofNothing(arguments.metadata(), true);
            }
            try (CacheMetadata metadata = CacheMetadata.openReadOnly(arguments.metadata())) {
                boolean foreign = metadata.provenance() == Provenance.FOREIGN_CLEAN
                        || metadata.provenance() == Provenance.FOREIGN_UNCLEAN;
                int newer = foreign
                        ? LoadedMappings.read(metadata, arguments.policy().identity())
                                .markedBlocks()
                        : 0;
                if (newer > 0) {
                    throw new TargetException(newer + " cached blocks are newer than the origin, and a read-only table"
                            + " cannot copy them back");
                }
                return Occupancy.ofReadOnly(metadata);
            }
        } catch (MetadataException e) {
            throw new TargetException(UNUSABLE + e.getMessage() + ")", e);
        }
    }

    private void makeRight() throws MetadataException, BlockIoException, TargetException {
        Provenance provenance = metadata.provenance();
        boolean ours = provenance == Provenance.OURS;
        if (provenance == Provenance.DETACHED) {
            log(Level.WARNING, "writes went past the cache: it begins empty");
            startAnew();
            ours = true;
        } else if (ours && !twinFits()) {
            log(Level.WARNING, "the cache device is not as the metadata says: the cache begins empty");
            metadata.empty();
        }
        mappings = LoadedMappings.read(metadata, arguments.policy().identity());
        requireNoDuplicates();
        if (ours) {
            dropMarked();
        } else {
            copyBack(provenance);
        }
        dropBeyondEnds();
        if (!hasTwin(ours)) {
            makeTwin();
        } else if (changed
                || metadata.superblock().hasHints()
                || !metadata.superblock().policy().equals(arguments.policy().identity())) {
            commit();
        }
    }

    /** Nothing of a detached cache is worth reading, so it need not even be whole. */
    private void startAnew() throws MetadataException {
        CacheStatistics statistics = metadata.superblock().statistics();
        int version = metadata.superblock().version();
        metadata.close();
        metadata = CacheMetadata.format(
                arguments.metadata(),
                version,
                blocks.blockSectors(),
                blocks.cacheBlocks(),
                arguments.policy().identity());
        metadata.statistics(statistics);
    }

    private boolean twinFits() throws TargetException {
        long twinBlock = metadata.twinBlock();
        if (twinBlock < 0) {
            return true;
        }
        if (twinBlock >= blocks.cacheBlocks()) {
            return false;
        }
        try {
            OptionalLong generation =
                    Twin.read(arguments.device(), blocks.cacheStart((int) twinBlock), metadata.identity());
            return generation.isPresent() && generation.getAsLong() == metadata.generation();
        } catch (BlockIoException e) {
            throw new TargetException("the cache device cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private void requireNoDuplicates() throws TargetException {
        int[] duplicate = mappings.duplicate();
        if (duplicate != null) {
            throw new TargetException(
                    "the cache's metadata on " + arguments.metadata().name()
                            + " cannot be right: cache blocks " + duplicate[0] + " and " + duplicate[1]
                            + " both hold origin block " + mappings.originBlock(duplicate[0]));
        }
    }

    /** Marks of ours are intents of writes that a crash cut short: nobody knows which side has them. */
    private void dropMarked() throws MetadataException {
        int dropped = mappings.markedBlocks();
        for (int block = 0; dropped > 0 && block < mappings.size(); block++) {
            if (mappings.isMarked(block)) {
                drop(block);
            }
        }
        if (dropped > 0) {
            log(Level.INFO, dropped + " blocks that were being written leave the cache");
        }
    }

    /** Marks of a kernel's are data that the origin does not have. */
    private void copyBack(Provenance provenance) throws MetadataException, BlockIoException, TargetException {
        int count = mappings.markedBlocks();
        if (count > 0) {
            log(
                    Level.INFO,
                    count + " blocks are copied back to the origin, since the last user "
                            + (provenance == Provenance.FOREIGN_CLEAN ? "left them dirty" : "did not shut down"));
            requireCopyable();
            copyBackMarked();
            flushOrigin();
        }
        for (int block = 0; block < mappings.size(); block++) {
            if (mappings.isMarked(block)) {
                mappings.unmark(metadata, block);
            }
        }
        changed = true;
    }

    /** The table before may have left writes there that a client has yet to flush. */
    private void flushOrigin() throws BlockIoException {
        try {
            arguments.origin().flush();
        } catch (BlockIoException e) {
            ti.flushFailed(e.status());
            throw e;
        }
    }

    private void requireCopyable() throws TargetException {
        long originBlocks = arguments.origin().sectors() / blocks.blockSectors();
        for (int block = 0; block < mappings.size(); block++) {
            if (mappings.isMarked(block)
                    && (block >= blocks.cacheBlocks() || mappings.originBlock(block) >= originBlocks)) {
                throw new TargetException("cache block " + block + " is newer than origin block "
                        + mappings.originBlock(block) + ", and "
                        + (block >= blocks.cacheBlocks() ? "the cache device has shrunk" : "the origin has shrunk")
                        + ": it cannot be copied back");
            }
        }
    }

    private void copyBackMarked() throws TargetException {
        BlockCopier copier = new BlockCopier(Claims.doubts(ti));
        int count = mappings.markedBlocks();
        int copied = 0;
        List<Integer> next = new ArrayList<>();
        for (int block = 0; block < mappings.size(); block++) {
            if (mappings.isMarked(block)) {
                next.add(block);
            }
            if (next.size() == COPIED_AT_A_TIME || (block == mappings.size() - 1 && !next.isEmpty())) {
                copyBack(copier, next);
                logProgress(copied, copied + next.size(), count);
                copied += next.size();
                next.clear();
            }
        }
    }

    /** After a kernel's crash this is the whole cache: whoever waits for the resume sees that it goes on. */
    private void logProgress(int before, int copied, int count) {
        long steps = (long) copied * PROGRESS_STEPS / count;
        if (steps > (long) before * PROGRESS_STEPS / count) {
            log(Level.INFO, copied + " of " + count + " blocks are copied back (" + copied * 100L / count + " %)");
        }
    }

    private void copyBack(BlockCopier copier, List<Integer> cacheBlocks) throws TargetException {
        List<BioStatus> statuses;
        try {
            statuses = copier.copy(
                    arguments.device(),
                    arguments.origin(),
                    cacheBlocks.stream()
                            .map(block -> new BlockCopier.Copy(
                                    blocks.cacheStart(block),
                                    blocks.originStart(mappings.originBlock(block)),
                                    blocks.blockSectors()))
                            .toList());
        } catch (OutOfMemoryError e) { // of direct memory: this table cannot start now
            throw new TargetException("there is no memory to copy blocks back to the origin", e);
        }
        for (int i = 0; i < statuses.size(); i++) {
            if (!statuses.get(i).isOk()) {
                throw new TargetException("cache block " + cacheBlocks.get(i) + ", which is newer than origin block "
                        + mappings.originBlock(cacheBlocks.get(i)) + ", could not be copied back: "
                        + statuses.get(i).text());
            }
        }
    }

    /** What either device has no more, or what must stay free for the twin. */
    private void dropBeyondEnds() throws MetadataException {
        int usable = blocks.cacheBlocks() - 1;
        for (int block = 0; block < mappings.size(); block++) {
            if (mappings.originBlock(block) != CacheBlock.NONE
                    && (block >= usable || mappings.originBlock(block) >= blocks.originBlocks())) {
                drop(block);
            }
        }
        if (metadata.cacheBlocks() != blocks.cacheBlocks()) {
            if (metadata.twinBlock() >= blocks.cacheBlocks()) {
                metadata.twinBlock(-1);
            }
            metadata.resize(blocks.cacheBlocks());
            changed = true;
        }
    }

    private void drop(int block) throws MetadataException {
        mappings.unmap(metadata, block);
        changed = true;
    }

    private boolean hasTwin(boolean ours) {
        return blocks.cacheBlocks() < 2 || (ours && metadata.twinBlock() == blocks.cacheBlocks() - 1);
    }

    /** First its block is free, then the twin is there, and only then the metadata says so. */
    private void makeTwin() throws MetadataException, BlockIoException {
        int twinBlock = blocks.cacheBlocks() - 1;
        long generation = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE >> 1);
        metadata.twinBlock(-1);
        commit();
        Twin.write(arguments.device(), blocks.cacheStart(twinBlock), metadata.identity(), generation);
        metadata.generation(generation);
        metadata.twinBlock(twinBlock);
        commit();
    }

    /** Hints go with the first commit: what is found after a crash is then known to be of a stop in good order. */
    private void commit() throws MetadataException {
        metadata.policy(PolicyIdentity.NONE);
        metadata.policy(arguments.policy().identity());
        metadata.commit();
    }

    private CacheSelection selection() throws TargetException {
        CacheSelection selection = arguments
                .policy()
                .create(new CacheGeometry(
                        Math.max(1, blocks.originBlocks()), Math.max(1, blocks.cacheBlocks() - 1), (int)
                                blocks.blockSectors()));
        for (int block = 0; block < mappings.size(); block++) {
            if (mappings.originBlock(block) != CacheBlock.NONE) {
                selection.loaded(mappings.originBlock(block), mappings.hint(block), mappings.hintsValid());
            }
        }
        return new ConcurrentSelection(
                selection,
                failure -> ti.log().log(
                        Level.ERROR,
                        () -> ti.deviceName() + ": cache: the policy "
                                + arguments.policy().name() + " failed, and is not asked any more",
                        failure));
    }

    private BlockMap map() {
        BlockMap map = new BlockMap(blocks.cacheBlocks(), mappings.inOriginOrder(), this::originBlock);
        // The last block is the twin's.
        for (int block = blocks.cacheBlocks() - 2; block >= 0; block--) {
            if (originBlock(block) == CacheBlock.NONE) {
                map.free(map.block(block));
            }
        }
        return map;
    }

    /** The cache device may have grown. */
    private long originBlock(int cacheBlock) {
        return cacheBlock < mappings.size() ? mappings.originBlock(cacheBlock) : CacheBlock.NONE;
    }

    private void log(Level level, String message) {
        ti.log().log(level, () -> ti.deviceName() + ": cache: " + message);
    }
}
