package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.persistent.CacheSuperblockFormat.CACHE_BLOCKS;
import static io.devicemapper.persistent.CacheSuperblockFormat.CLEAN_SHUTDOWN;
import static io.devicemapper.persistent.CacheSuperblockFormat.DATA_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.METADATA_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.NEEDS_CHECK;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_NAME;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_VERSION;
import static io.devicemapper.persistent.CacheSuperblockFormat.STATISTICS;
import static io.devicemapper.persistent.SuperblockFormat.FLAGS_OFFSET;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.BlockType;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.StoreOptions;
import io.devicemapper.target.Version;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The metadata of a cache that writes through, in the format of Linux's dm-cache, version 1 or 2.
 *
 * <p>It says for each cache block which origin block it holds, and whether it is <i>marked</i>: the kernel's dirty bit. In what this
 * program writes, a mark is the intent of a write, and stands on the device before either side of the write begins; so after a crash the unmarked
 * blocks equal the origin's. A kernel that takes over copies the marked blocks back, which is as right as dropping them, since
 * each side of a marked block has all that the last flush covered. What a mark means when the metadata is opened depends on who
 * was there last: see {@link Provenance}.
 *
 * <p>Changes belong to the open transaction. {@link #commit} makes them durable, all or none; every commit leaves metadata that a kernel,
 * or {@code cache_check}, takes for closed in order: flag CLEAN_SHUTDOWN, exact marks, no discarded blocks, and a stamp of ours beside it. After a
 * failed change or commit only {@link #abort} is possible, which goes back to the last good state.
 *
 * <p>One thread at a time. All of it may do I/O and wait, but for the getters of the committed state.
 */
public final class CacheMetadata implements AutoCloseable {
    private static final StampedCacheFormat FORMAT = StampedCacheFormat.INSTANCE;

    private final MetadataStore store;
    private final String device;

    /** Null for metadata that is written in somebody else's name, and gets no stamp. */
    private final UUID identity;

    private CacheBlockTables tables;
    private CacheSuperblock committed;

    private CacheMetadata(MetadataStore store, String device, UUID identity) {
        this.store = store;
        this.device = device;
        this.identity = identity;
    }

    /**
     * Reads and checks block 0 alone, and changes nothing.
     *
     * @return empty if block 0 is all zeroes: the device may be formatted
     * @throws MetadataException if block 0 is damaged or something else, or of a version or with features that are not known. A block 0 that
     *     is damaged is the business of {@code dm meta repair}
     */
    public static Optional<CacheSuperblock> inspect(BlockDevice device) throws MetadataException {
        if (MetadataStore.isBlank(device)) {
            return Optional.empty();
        }
        CacheSuperblock superblock = new CacheSuperblock(device.name(), MetadataStore.readSuperblock(device, FORMAT));
        superblock.requireKnownFeatures(!device.isReadOnly());
        return Optional.of(superblock);
    }

    /**
     * The spare copy of block 0, where block 0 cannot be used. It is that of this program's last commit: older than what a kernel has done since.
     *
     * @return empty if there is none that is whole
     */
    public static Optional<CacheSuperblock> inspectSpare(BlockDevice device) throws MetadataException {
        return MetadataStore.readSpareSuperblock(device, FORMAT)
                .map(bytes -> new CacheSuperblock(device.name(), bytes));
    }

    /**
     * Makes the metadata of a cache without blocks, and commits it.
     *
     * @param device all of it is used; nothing of what is on it is looked at
     * @param version of the format, 1 or 2
     * @param blockSectors sectors in a cache block, at least 1
     * @param policy who may give hints later
     * @throws MetadataException if the device is too small or failed
     */
    public static CacheMetadata format(BlockDevice device, int version, long blockSectors, PolicyIdentity policy)
            throws MetadataException {
        return format(device, version, blockSectors, 0, policy);
    }

    /**
     * As {@link #format(BlockDevice, int, long, PolicyIdentity)}, with free cache blocks at once: {@code cache_check} takes a cache without blocks for
     * a damaged one.
     *
     * @param cacheBlocks how many, below 2^32
     */
    public static CacheMetadata format(
            BlockDevice device, int version, long blockSectors, long cacheBlocks, PolicyIdentity policy)
            throws MetadataException {
        CacheMetadata metadata = create(device, version, blockSectors, UUID.randomUUID());
        metadata.policy(policy);
        metadata.resize(cacheBlocks);
        metadata.commit();
        return metadata;
    }

    /**
     * Makes the metadata of a cache without blocks, as a tool does: what is committed has no stamp and counts as closed in order by somebody else,
     * {@link Provenance#FOREIGN_CLEAN}, so that marked blocks are newer than the origin. Nothing is written before the first commit.
     *
     * @param device all of it is used; nothing of what is on it is looked at
     * @param version of the format, 1 or 2
     * @param blockSectors sectors in a cache block, at least 1
     */
    public static CacheMetadata formatUnstamped(BlockDevice device, int version, long blockSectors)
            throws MetadataException {
        return create(device, version, blockSectors, null);
    }

    /**
     * Makes anew the metadata of a cache that is known by its superblock, with its fields and without its blocks. Was this program the last to
     * use it, then it stays so, with identity, generation and twin; otherwise as {@link #formatUnstamped}. Nothing is written
     * before the first commit.
     *
     * @param device all of it is used; may be the one that the superblock is from
     * @param model the cache
     */
    public static CacheMetadata rebuild(BlockDevice device, CacheSuperblock model) throws MetadataException {
        boolean ours = model.provenance() == Provenance.OURS;
        CacheMetadata metadata = create(
                device,
                model.version(),
                model.blockSectors(),
                ours ? model.identity().orElseThrow() : null);
        metadata.policy(model.policy());
        metadata.statistics(model.statistics());
        if (ours) {
            metadata.generation(model.generation());
            metadata.twinBlock(model.twinBlock());
        }
        return metadata;
    }

    private static CacheMetadata create(BlockDevice device, int version, long blockSectors, UUID identity)
            throws MetadataException {
        if (version < FORMAT.minVersion() || version > FORMAT.maxVersion()) {
            throw new IllegalArgumentException("version " + version + " of cache metadata");
        }
        MetadataStore store = MetadataStore.format(device, FORMAT, version, StoreOptions.DEFAULT);
        CacheMetadata metadata = new CacheMetadata(store, device.name(), identity);
        byte[] superblock = store.superblock();
        if (identity != null) {
            CacheStamp.create(superblock, identity);
        }
        LittleEndian.putInt(superblock, DATA_BLOCK_SIZE, Math.toIntExact(blockSectors));
        LittleEndian.putInt(superblock, METADATA_BLOCK_SIZE, BlockType.BLOCK_BYTES / 512);
        metadata.tables = CacheBlockTables.create(metadata.device, store);
        return metadata;
    }

    /**
     * Opens the metadata of a cache. Writes nothing: what a kernel would make of a crash right after this is what it would have made of one before. A
     * device that is read-only is opened for reading.
     *
     * @throws MetadataException as for {@link #inspect}, and if what is needed of the rest is damaged or the device failed
     */
    public static CacheMetadata open(BlockDevice device) throws MetadataException {
        return open(device, StoreOptions.DEFAULT.withReadOnly(device.isReadOnly()));
    }

    /** Opens the metadata of a cache for reading alone: all that changes it is refused. Otherwise like {@link #open(BlockDevice)}. */
    public static CacheMetadata openReadOnly(BlockDevice device) throws MetadataException {
        return open(device, StoreOptions.DEFAULT.withReadOnly(true));
    }

    private static CacheMetadata open(BlockDevice device, StoreOptions options) throws MetadataException {
        // Not left to the store: it would fall back on the spare copy of block 0, which may be older than a kernel's
        // use of the cache.
        CacheSuperblock superblock = new CacheSuperblock(device.name(), MetadataStore.readSuperblock(device, FORMAT));
        superblock.requireKnownFeatures(!options.readOnly());
        boolean known = CacheStamp.matches(superblock.bytes());
        MetadataStore store = MetadataStore.open(device, FORMAT, options);
        CacheMetadata metadata = new CacheMetadata(
                store, device.name(), known ? CacheStamp.identity(superblock.bytes()) : UUID.randomUUID());
        metadata.startFromCommitted();
        return metadata;
    }

    /** Makes the open transaction say what was committed, but for the stamp, which is ours from the next commit on. */
    private void startFromCommitted() throws MetadataException {
        committed = new CacheSuperblock(device, store.committedSuperblock());
        if (identity != null && !CacheStamp.matches(committed.bytes())) {
            CacheStamp.create(store.superblock(), identity);
        }
        tables = CacheBlockTables.open(device, store);
    }

    /** What was committed last. */
    public CacheSuperblock superblock() {
        return committed;
    }

    /** Who made the last commit: this program, as soon as one of this object's has succeeded. */
    public Provenance provenance() {
        return committed.provenance();
    }

    /** How many cache blocks there are, uncommitted changes included. */
    public long cacheBlocks() {
        return tables.size();
    }

    /** {@link #cacheBlocks}, for those who keep something in memory for each of them: see {@link CacheSuperblock#inMemory}. */
    public int cacheBlocksInMemory() throws MetadataException {
        return CacheSuperblock.inMemory(device, tables.size());
    }

    /**
     * Tells of every cache block that is in use, in ascending order. A million takes some tens of milliseconds, and the reading of 12 MB.
     *
     * @param policy who wants the hints; those of another one are not valid
     * @param visitor is told of each; must not change the metadata meanwhile
     */
    public void load(PolicyIdentity policy, MappingVisitor visitor) throws MetadataException {
        boolean hintsValid = committed.hasHints() && policy.understands(committed.policy());
        tables.load(hintsValid, provenance() == Provenance.FOREIGN_UNCLEAN, visitor);
    }

    /**
     * The origin block that a cache block holds, or -1, uncommitted changes included.
     *
     * @throws IndexOutOfBoundsException if there is no such cache block
     */
    public long originBlock(long cacheBlock) throws MetadataException {
        return tables.originBlock(cacheBlock);
    }

    /** Whether a cache block is marked, uncommitted changes included; as stored, whatever the provenance. */
    public boolean isMarked(long cacheBlock) throws MetadataException {
        return tables.isMarked(cacheBlock);
    }

    /**
     * Lets a cache block hold an origin block, unmarked.
     *
     * @param originBlock below 2^48, and held by no other cache block
     * @throws IndexOutOfBoundsException if there is no such cache block
     * @throws IllegalStateException if it holds the twin of the generation
     * @throws MetadataException if no metadata block is free, or what is needed could not be read: the transaction has to be aborted
     */
    public void map(long cacheBlock, long originBlock) throws MetadataException {
        if (identity != null && cacheBlock == twinBlock()) {
            throw new IllegalStateException("cache block " + cacheBlock + " holds the twin of the generation");
        }
        tables.map(cacheBlock, originBlock);
    }

    /** Frees a cache block, and its mark. No-op if it is free. Otherwise as {@link #map}. */
    public void unmap(long cacheBlock) throws MetadataException {
        tables.unmap(cacheBlock);
    }

    /**
     * Marks a cache block: from when this is committed, the two sides may differ. Costs a look-up if it is marked already.
     *
     * @throws IllegalStateException if the cache block holds nothing
     * @throws MetadataException as for {@link #map}
     */
    public void mark(long cacheBlock) throws MetadataException {
        tables.mark(cacheBlock, true);
    }

    /** Takes back a mark: the two sides are durably equal. Otherwise as {@link #mark}. */
    public void unmark(long cacheBlock) throws MetadataException {
        tables.mark(cacheBlock, false);
    }

    /**
     * Makes the cache larger or smaller. New cache blocks are free.
     *
     * @param cacheBlocks how many there are from then on, below 2^32
     * @throws MetadataException with reason REFUSED if a block that would be lost is in use, before anything has changed; otherwise as
     *     for {@link #map}
     */
    public void resize(long cacheBlocks) throws MetadataException {
        if (cacheBlocks < 0 || cacheBlocks >= 1L << 32) {
            throw new IllegalArgumentException(cacheBlocks + " cache blocks");
        }
        long lost = tables.firstMapped(cacheBlocks);
        if (lost >= 0) {
            throw new MetadataException(
                    MetadataException.Reason.REFUSED,
                    device + ": the cache cannot shrink to " + cacheBlocks + " blocks: block " + lost + " is in use");
        }
        tables.resize(cacheBlocks);
    }

    /**
     * Stores what the policy wants to be told after a restart. Writes the hints that differ from what is stored.
     *
     * @param policy whose they are
     * @param source tells the hint of each cache block
     */
    public void hints(PolicyIdentity policy, HintSource source) throws MetadataException {
        policy(policy);
        tables.hints(source);
    }

    /** Says which policy is in use. Hints of another one are given up. */
    public void policy(PolicyIdentity policy) throws MetadataException {
        byte[] superblock = store.superblock();
        if (!policy.understands(new CacheSuperblock(device, superblock).policy())) {
            tables.dropHints();
        }
        byte[] name = new byte[PolicyIdentity.MAX_NAME_BYTES + 1];
        byte[] written = policy.name().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(written, 0, name, 0, written.length);
        System.arraycopy(name, 0, superblock, POLICY_NAME, name.length);
        Version version = policy.version();
        LittleEndian.putInt(superblock, POLICY_VERSION, version.major());
        LittleEndian.putInt(superblock, POLICY_VERSION + 4, version.minor());
        LittleEndian.putInt(superblock, POLICY_VERSION + 8, version.patch());
    }

    /** Stores what was counted, 32 bits of each. */
    public void statistics(CacheStatistics statistics) {
        byte[] superblock = store.superblock();
        LittleEndian.putInt(superblock, STATISTICS, (int) statistics.readHits());
        LittleEndian.putInt(superblock, STATISTICS + 4, (int) statistics.readMisses());
        LittleEndian.putInt(superblock, STATISTICS + 8, (int) statistics.writeHits());
        LittleEndian.putInt(superblock, STATISTICS + 12, (int) statistics.writeMisses());
    }

    /**
     * What tells this cache from all others: stays the same until somebody else has used the metadata, and is another one after that. Known,
     * and valid for the twin on the cache device, before the first commit that stores it.
     */
    public UUID identity() {
        return identity;
    }

    /** The generation in the stamp, uncommitted changes included. */
    public long generation() {
        return LittleEndian.getLong(store.superblock(), CacheStamp.GENERATION);
    }

    /** Sets the generation of the open transaction. */
    public void generation(long generation) {
        LittleEndian.putLong(store.superblock(), CacheStamp.GENERATION, generation);
    }

    /** The cache block that holds the twin of the generation, or -1; uncommitted changes included. */
    public long twinBlock() {
        return LittleEndian.getLong(store.superblock(), CacheStamp.TWIN_BLOCK);
    }

    /**
     * Says which cache block holds the twin of the generation, from the next commit on; -1 for none.
     *
     * @throws IllegalStateException if that block holds an origin block
     */
    public void twinBlock(long cacheBlock) throws MetadataException {
        if (cacheBlock >= 0 && cacheBlock < tables.size() && tables.originBlock(cacheBlock) >= 0) {
            throw new IllegalStateException("cache block " + cacheBlock + " is in use");
        }
        LittleEndian.putLong(store.superblock(), CacheStamp.TWIN_BLOCK, cacheBlock);
    }

    /**
     * Makes all changes since the last commit durable.
     *
     * @throws MetadataException if that failed: the transaction has to be aborted
     */
    public void commit() throws MetadataException {
        tables.save();
        byte[] superblock = store.superblock();
        int needsCheck = LittleEndian.getInt(superblock, FLAGS_OFFSET) & NEEDS_CHECK;
        LittleEndian.putInt(superblock, FLAGS_OFFSET, CLEAN_SHUTDOWN | needsCheck);
        LittleEndian.putInt(superblock, CACHE_BLOCKS, (int) tables.size());
        store.commit();
        committed = new CacheSuperblock(device, store.committedSuperblock());
    }

    /**
     * Takes back all changes since the last commit. If that commit failed so late that nobody knows whether it was done, the last good state
     * is written again, with the flag "needs check".
     *
     * @throws MetadataException if that cannot be done: the metadata is read-only from then on
     */
    public void abort() throws MetadataException {
        store.abort();
        startFromCommitted();
    }

    /**
     * Says that writes go past the cache device from now on: with one write of block 0 in place, durable when this returns. What the open
     * transaction holds is neither lost nor committed by it. Later commits go on saying so, until {@link #empty}. A kernel refuses
     * metadata in this state. Idempotent.
     *
     * @throws IllegalStateException if others used the cache last, and this program has not yet committed that it took over: there may be
     *     blocks that are newer than the origin
     * @throws MetadataException if an abort is due, or block 0 could not be written: that makes the metadata read-only
     */
    public void detach() throws MetadataException {
        switch (provenance()) {
            case DETACHED -> {
                return;
            }
            case FOREIGN_CLEAN, FOREIGN_UNCLEAN ->
                throw new IllegalStateException(device + ": a cache that others used last cannot be left behind");
            case OURS -> {
                // Goes on below.
            }
        }
        store.writeFields(CacheStamp::setDetached);
        committed = new CacheSuperblock(device, store.committedSuperblock());
    }

    /**
     * Forgets all mappings, marks and hints, and ends what {@link #detach} began. Done in several commits, so that it works on a device that
     * is almost full: durable when this returns. A crash before that leaves a detached cache, which has to be emptied again.
     * Uncommitted changes of policy, statistics, generation and twin become part of it.
     *
     * @throws MetadataException as for {@link #commit}; the state is then that of a crash
     */
    public void empty() throws MetadataException {
        long cacheBlocks = tables.size();
        CacheStamp.setDetached(store.superblock());
        tables.dropHints();
        commit();
        tables.resize(0);
        commit();
        tables.resize(cacheBlocks);
        CacheStamp.setAttached(store.superblock());
        commit();
    }

    /** Sets the flag "needs check", at once and durably, without a commit. */
    public void markNeedsCheck() throws MetadataException {
        store.markNeedsCheck();
        committed = new CacheSuperblock(device, store.committedSuperblock());
    }

    /**
     * Clears the flag "needs check", at once and durably, without a commit: the metadata was checked.
     *
     * @throws IllegalStateException if the cache is detached: then the flag is part of that
     */
    public void clearNeedsCheck() throws MetadataException {
        if (provenance() == Provenance.DETACHED) {
            throw new IllegalStateException(device + ": the cache is detached");
        }
        store.writeFlags(LittleEndian.getInt(committed.bytes(), FLAGS_OFFSET) & ~NEEDS_CHECK);
        committed = new CacheSuperblock(device, store.committedSuperblock());
    }

    /** Whether the flag "needs check" is set. */
    public boolean needsCheck() {
        return store.needsCheck();
    }

    /** Whether all changes are refused. */
    public boolean isReadOnly() {
        return store.isReadOnly();
    }

    /** Whether a change or commit failed, so that nothing but an {@link #abort} can follow. */
    public boolean isAbortRequired() {
        return store.isAbortRequired();
    }

    /**
     * Takes in what the metadata device has grown by. Part of the open transaction.
     *
     * @return whether there is more room than before
     * @throws MetadataException as for {@link #map}
     */
    public boolean grow() throws MetadataException {
        return store.grow();
    }

    /** How many blocks of 4096 bytes are in use. */
    public long usedBlocks() {
        return store.usedBlocks();
    }

    /** How many blocks of 4096 bytes there are. */
    public long totalBlocks() {
        return store.blocks();
    }

    /** Ends the use; what was not committed is lost. The device stays open. Idempotent. */
    @Override
    public void close() {
        store.close();
    }

    @Override
    public String toString() {
        return committed.toString();
    }
}
