package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.persistent.CacheSuperblockFormat.CACHE_BLOCKS;
import static io.devicemapper.persistent.CacheSuperblockFormat.CLEAN_SHUTDOWN;
import static io.devicemapper.persistent.CacheSuperblockFormat.COMPAT_RO_FLAGS;
import static io.devicemapper.persistent.CacheSuperblockFormat.DATA_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.HINT_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.INCOMPAT_FLAGS;
import static io.devicemapper.persistent.CacheSuperblockFormat.NEEDS_CHECK;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_HINT_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_NAME;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_VERSION;
import static io.devicemapper.persistent.CacheSuperblockFormat.STATISTICS;

import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.SuperblockFormat;
import io.devicemapper.target.Version;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** What block 0 of a cache's metadata says: a copy, which no longer changes. */
public final class CacheSuperblock {
    private final String device;
    private final byte[] bytes;

    CacheSuperblock(String device, byte[] bytes) {
        this.device = device;
        this.bytes = bytes;
    }

    /** The format's version: 1, or 2, which has the dirty bits apart from the mappings. */
    public int version() {
        return LittleEndian.getInt(bytes, SuperblockFormat.VERSION_OFFSET);
    }

    /** Sectors in a cache block. */
    public long blockSectors() {
        return unsigned(DATA_BLOCK_SIZE);
    }

    /** How many cache blocks there are mappings for. */
    public long cacheBlocks() {
        return unsigned(CACHE_BLOCKS);
    }

    /**
     * A number of cache blocks, for those who keep something in memory for each of them.
     *
     * @throws MetadataException if there are {@code 2^31} or more
     */
    public static int inMemory(String device, long cacheBlocks) throws MetadataException {
        if (cacheBlocks > Integer.MAX_VALUE) {
            throw new MetadataException(
                    MetadataException.Reason.UNSUPPORTED,
                    device + ": the metadata is of " + cacheBlocks + " cache blocks, and " + Integer.MAX_VALUE
                            + " are the most that are supported");
        }
        return (int) cacheBlocks;
    }

    /** Whether the flag CLEAN_SHUTDOWN is set. */
    public boolean isClean() {
        return (flags() & CLEAN_SHUTDOWN) != 0;
    }

    /** Whether the metadata has to be checked before it is changed again. Set for a detached cache, too. */
    public boolean needsCheck() {
        return (flags() & NEEDS_CHECK) != 0;
    }

    private int flags() {
        return LittleEndian.getInt(bytes, SuperblockFormat.FLAGS_OFFSET);
    }

    /** Whose hints there are, if there are any. */
    public PolicyIdentity policy() {
        int length = 0;
        while (length < PolicyIdentity.MAX_NAME_BYTES && bytes[POLICY_NAME + length] != 0) {
            length++;
        }
        String name = new String(bytes, POLICY_NAME, length, StandardCharsets.US_ASCII);
        return new PolicyIdentity(
                StandardCharsets.US_ASCII.newEncoder().canEncode(name) ? name : "",
                new Version(versionPart(0), versionPart(1), versionPart(2)));
    }

    private int versionPart(int index) {
        return LittleEndian.getInt(bytes, POLICY_VERSION + index * Integer.BYTES) & Integer.MAX_VALUE;
    }

    /** Whether there are hints that were stored in good order. */
    public boolean hasHints() {
        return isClean()
                && LittleEndian.getLong(bytes, HINT_ROOT) != 0
                && LittleEndian.getInt(bytes, POLICY_HINT_SIZE) == Integer.BYTES;
    }

    /** What was counted until the last commit. */
    public CacheStatistics statistics() {
        return new CacheStatistics(
                unsigned(STATISTICS), unsigned(STATISTICS + 4), unsigned(STATISTICS + 8), unsigned(STATISTICS + 12));
    }

    /** Who used the metadata last. */
    public Provenance provenance() {
        if ((LittleEndian.getInt(bytes, INCOMPAT_FLAGS) & CacheStamp.INCOMPAT_DETACHED) != 0) {
            return Provenance.DETACHED; // no kernel can have used it since
        }
        if (CacheStamp.matches(bytes)) {
            boolean detached = (LittleEndian.getInt(bytes, CacheStamp.STATE) & CacheStamp.DETACHED) != 0;
            return detached ? Provenance.DETACHED : Provenance.OURS;
        }
        return isClean() ? Provenance.FOREIGN_CLEAN : Provenance.FOREIGN_UNCLEAN;
    }

    /** Whether there is a stamp of ours, whoever used the metadata after it. */
    public boolean isStamped() {
        return CacheStamp.isThere(bytes);
    }

    /** The identity that this program gave the cache, if there is a stamp. */
    public Optional<UUID> identity() {
        return isStamped() ? Optional.of(CacheStamp.identity(bytes)) : Optional.empty();
    }

    /** The generation in the stamp; 0 without one. */
    public long generation() {
        return isStamped() ? LittleEndian.getLong(bytes, CacheStamp.GENERATION) : 0;
    }

    /** The cache block that holds the twin of the generation, or -1 if none does. */
    public long twinBlock() {
        return isStamped() ? LittleEndian.getLong(bytes, CacheStamp.TWIN_BLOCK) : CacheStamp.NO_TWIN;
    }

    /**
     * Refuses metadata of a cache with blocks of another size, in the kernel's words.
     *
     * @throws MetadataException if the size is another one
     */
    public void requireBlockSectors(long sectors) throws MetadataException {
        if (blockSectors() != sectors) {
            throw new MetadataException(
                    MetadataException.Reason.WRONG_FORMAT,
                    device + ": changing the data block size (from " + blockSectors() + " to " + sectors
                            + ") is not supported");
        }
    }

    /**
     * Refuses metadata with features that this program does not know, in the kernel's words.
     *
     * @param writing whether more than reading is wanted
     * @throws MetadataException if there are such features
     */
    void requireKnownFeatures(boolean writing) throws MetadataException {
        int incompatible = LittleEndian.getInt(bytes, INCOMPAT_FLAGS) & ~CacheStamp.INCOMPAT_DETACHED;
        int readOnly = LittleEndian.getInt(bytes, COMPAT_RO_FLAGS);
        if (incompatible != 0 || (writing && readOnly != 0)) {
            throw new MetadataException(
                    MetadataException.Reason.UNSUPPORTED,
                    device + ": could not access metadata "
                            + (incompatible != 0 ? "" : "RDWR ") + "due to unsupported optional features ("
                            + Integer.toHexString(incompatible != 0 ? incompatible : readOnly) + ")");
        }
    }

    private long unsigned(int offset) {
        return Integer.toUnsignedLong(LittleEndian.getInt(bytes, offset));
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return "cache metadata version " + version() + " on " + device + ": " + cacheBlocks() + " blocks of "
                + blockSectors() + " sectors, " + provenance().words();
    }
}
