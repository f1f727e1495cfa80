package io.devicemapper.persistent;

/** Block 0 of the metadata of dm-cache, versions 1 and 2: where its fields are. */
public final class CacheSuperblockFormat implements SuperblockFormat {
    /** The one instance. */
    public static final CacheSuperblockFormat INSTANCE = new CacheSuperblockFormat();

    /** Flag: the last user closed the cache in order. */
    public static final int CLEAN_SHUTDOWN = 1;

    /** Flag: the metadata has to be checked before it is changed again. */
    public static final int NEEDS_CHECK = 2;

    /** The policy's name, 16 bytes, padded by zeroes. */
    public static final int POLICY_NAME = 44;

    /** u32: bytes in a policy's hint; 4, or 0 for none. */
    public static final int POLICY_HINT_SIZE = 60;

    /** u64: root of the array of mappings, u64 each. */
    public static final int MAPPING_ROOT = 192;

    /** u64: root of the array of hints, u32 each; 0 if there is none. */
    public static final int HINT_ROOT = 200;

    /** u64: root of the bitset of discarded blocks. */
    public static final int DISCARD_ROOT = 208;

    /** u64: sectors in a discard block. */
    public static final int DISCARD_BLOCK_SIZE = 216;

    /** u64: bits in the discard bitset. */
    public static final int DISCARD_NR_BLOCKS = 224;

    /** u32: sectors in a cache block. */
    public static final int DATA_BLOCK_SIZE = 232;

    /** u32: sectors in a metadata block, always 8. */
    public static final int METADATA_BLOCK_SIZE = 236;

    /** u32: cache blocks, which is how many mappings and hints there are. */
    public static final int CACHE_BLOCKS = 240;

    /** u32: features that code which does not know them may ignore. */
    public static final int COMPAT_FLAGS = 244;

    /** u32: features without which the metadata may be read, not changed. */
    public static final int COMPAT_RO_FLAGS = 248;

    /** u32: features without which the metadata must not be used. */
    public static final int INCOMPAT_FLAGS = 252;

    /** Four u32: read hits, read misses, write hits, write misses. */
    public static final int STATISTICS = 256;

    /** Three u32: the policy's version. */
    public static final int POLICY_VERSION = 272;

    /** u64, version 2 alone: root of the bitset of dirty blocks. */
    public static final int DIRTY_ROOT = 284;

    /** The first byte that the kernel's format does not use. */
    public static final int END = 292;

    private CacheSuperblockFormat() {}

    @Override
    public String name() {
        return "cache";
    }

    @Override
    public int checksumSalt() {
        return 9031977;
    }

    @Override
    public long magic() {
        return 0x18C403;
    }

    @Override
    public int minVersion() {
        return 1;
    }

    @Override
    public int maxVersion() {
        return 2;
    }

    @Override
    public int needsCheckFlag() {
        return NEEDS_CHECK;
    }

    @Override
    public int spaceMapRootOffset() {
        return 64;
    }

    @Override
    public void structures(byte[] superblock, StructureVisitor visitor) throws MetadataException {
        long cacheBlocks = Integer.toUnsignedLong(LittleEndian.getInt(superblock, CACHE_BLOCKS));
        visitor.array("mappings", LittleEndian.getLong(superblock, MAPPING_ROOT), Long.BYTES, cacheBlocks);
        if (LittleEndian.getInt(superblock, VERSION_OFFSET) == 2) {
            visitor.array(
                    "dirty bits",
                    LittleEndian.getLong(superblock, DIRTY_ROOT),
                    Long.BYTES,
                    PersistentBitset.wordsOf(cacheBlocks));
        }
        long hints = LittleEndian.getLong(superblock, HINT_ROOT);
        if (hints != 0) {
            visitor.array("hints", hints, Integer.BYTES, -1);
        }
        long discards = LittleEndian.getLong(superblock, DISCARD_ROOT);
        if (discards != 0) {
            visitor.array("discarded blocks", discards, Long.BYTES, -1);
        }
    }
}
