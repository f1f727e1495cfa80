package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.persistent.CacheSuperblockFormat.DATA_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.DISCARD_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.DISCARD_NR_BLOCKS;
import static io.devicemapper.persistent.CacheSuperblockFormat.DISCARD_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.MAPPING_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.METADATA_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_HINT_SIZE;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.ArraySalvage;
import io.devicemapper.persistent.BlockType;
import io.devicemapper.persistent.CheckReport;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.LongIndex;
import io.devicemapper.persistent.MetadataCheck;
import io.devicemapper.persistent.MetadataException;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks a cache's metadata that nobody changes meanwhile: everything that {@link MetadataCheck} checks, and the cache's own rules.
 *
 * <ul>
 *   <li>A mapping has no flags but "valid" and, in version 1, "dirty"; one that is not valid is 0, and its block is not marked (a blemish).
 *   <li>No two cache blocks hold the same origin block.
 *   <li>Origin blocks are inside the origin, where the sizes of the discard bitset tell how large it is.
 *   <li>Marks, hints and discards have the length that the superblock says.
 *   <li>Sizes in the superblock are possible.
 * </ul>
 */
public final class CacheCheck {
    private final BlockDevice device;
    private final CacheSuperblock superblock;
    private final List<String> problems = new ArrayList<>();
    private final List<String> blemishes = new ArrayList<>();
    private final LongIndex holders = new LongIndex();
    private long originBlocks = Long.MAX_VALUE;
    private long mapped;

    private CacheCheck(BlockDevice device, CacheSuperblock superblock) {
        this.device = device;
        this.superblock = superblock;
    }

    /**
     * What a check found.
     *
     * @param problems what is wrong, one sentence each
     * @param blemishes what costs space, and no data: blocks that are counted more often than they are used, marks of blocks that are not in use
     * @param mapped how many cache blocks are in use
     * @param usedBlocks how many metadata blocks are referred to
     * @param blocks how many metadata blocks there are
     */
    public record Result(List<String> problems, List<String> blemishes, long mapped, long usedBlocks, long blocks) {
        /** Copies the lists. */
        public Result {
            problems = List.copyOf(problems);
            blemishes = List.copyOf(blemishes);
        }
    }

    /**
     * Checks all that a superblock leads to.
     *
     * @param superblock block 0 of the device, or its spare copy
     * @throws MetadataException if nothing can be told at all
     */
    public static Result check(BlockDevice device, CacheSuperblock superblock) throws MetadataException {
        CheckReport structure = MetadataCheck.check(device, StampedCacheFormat.INSTANCE, superblock.bytes());
        CacheCheck check = new CacheCheck(device, superblock);
        check.problems.addAll(structure.problems());
        structure.leaks().forEach(leak -> check.blemishes.add("lost space: " + leak));
        check.sizes();
        check.contents();
        return new Result(check.problems, check.blemishes, check.mapped, structure.usedBlocks(), structure.blocks());
    }

    private void problem(String text) {
        if (problems.size() < CheckReport.MAX_PROBLEMS) {
            problems.add(text);
        }
    }

    private void sizes() {
        byte[] bytes = superblock.bytes();
        int metadataSectors = LittleEndian.getInt(bytes, METADATA_BLOCK_SIZE);
        if (metadataSectors != BlockType.BLOCK_BYTES / 512) {
            problem("superblock: metadata blocks of " + Integer.toUnsignedString(metadataSectors)
                    + " sectors, expected " + BlockType.BLOCK_BYTES / 512);
        }
        if (superblock.blockSectors() == 0) {
            problem("superblock: cache blocks of 0 sectors");
        }
        int hintBytes = LittleEndian.getInt(bytes, POLICY_HINT_SIZE);
        if (hintBytes != 0 && hintBytes != Integer.BYTES) {
            problem("superblock: hints of " + Integer.toUnsignedString(hintBytes) + " bytes, expected 4 or none");
        }
        long discardSectors = LittleEndian.getLong(bytes, DISCARD_BLOCK_SIZE);
        long discardBlocks = LittleEndian.getLong(bytes, DISCARD_NR_BLOCKS);
        if (discardSectors < 0 || discardBlocks < 0 || discardBlocks > CacheSalvage.MAX_CACHE_BLOCKS) {
            problem("superblock: " + Long.toUnsignedString(discardBlocks) + " discard blocks of "
                    + Long.toUnsignedString(discardSectors) + " sectors");
        } else if (superblock.isClean() && discardSectors > 0 && discardBlocks > 0 && superblock.blockSectors() > 0) {
            long originSectors = Math.multiplyHigh(discardSectors, discardBlocks) == 0
                    ? discardSectors * discardBlocks
                    : Long.MAX_VALUE;
            originBlocks = Long.divideUnsigned(
                    originSectors, Integer.toUnsignedLong(LittleEndian.getInt(bytes, DATA_BLOCK_SIZE)));
        }
    }

    private void contents() throws MetadataException {
        CacheSalvage salvage = new CacheSalvage(device, superblock);
        salvage.mappings(this::mapping);
        if (superblock.hasHints()) {
            salvage.hints((cacheBlock, hint) -> {});
        }
        salvage.losses().forEach(this::problem);
        byte[] bytes = superblock.bytes();
        boolean apart = superblock.version() != 1;
        read(MAPPING_ROOT, superblock.cacheBlocks(), (cacheBlock, value) -> element(cacheBlock, value, apart));
        if (apart) {
            // cache_restore 0.9.0 leaves such marks; nobody looks at them.
            long odd = salvage.markedButFree().count();
            if (odd > 0) {
                blemishes.add(odd + " cache blocks are marked, but not in use; the first is "
                        + salvage.markedButFree().findFirst().orElseThrow());
            }
        }
        long discards = LittleEndian.getLong(bytes, DISCARD_ROOT);
        long discardBlocks = LittleEndian.getLong(bytes, DISCARD_NR_BLOCKS);
        if (discards != 0 && discardBlocks > 0 && discardBlocks <= CacheSalvage.MAX_CACHE_BLOCKS) {
            read(DISCARD_ROOT, (discardBlocks + Long.SIZE - 1) / Long.SIZE, (word, value) -> {});
        }
    }

    private void mapping(long cacheBlock, long originBlock, boolean marked) {
        mapped++;
        if (originBlock >= originBlocks) {
            problem("cache block " + cacheBlock + ": origin block " + originBlock
                    + " is behind the origin's end, which has " + originBlocks + " blocks");
        }
        long other = holders.getUnpublished(originBlock, -1);
        if (other >= 0) {
            problem("cache blocks " + other + " and " + cacheBlock + " both hold origin block " + originBlock);
        } else {
            holders.put(originBlock, cacheBlock);
        }
    }

    private void element(long cacheBlock, long value, boolean apart) {
        int flags = (int) value & ((1 << CacheBlockTables.ORIGIN_SHIFT) - 1);
        int known = apart ? CacheBlockTables.VALID : CacheBlockTables.VALID | CacheBlockTables.MARKED;
        if ((flags & CacheBlockTables.VALID) == 0 && value != 0) {
            problem("cache block " + cacheBlock + ": not in use, but its mapping is 0x" + Long.toHexString(value));
        } else if ((flags & ~known) != 0) {
            problem("cache block " + cacheBlock + ": the mapping has flags 0x" + Integer.toHexString(flags)
                    + ", known are 0x" + Integer.toHexString(known));
        }
    }

    private interface ElementSink {
        void element(long index, long value);
    }

    /** Reads an array of u64; what is lost of the mappings is told elsewhere. */
    private void read(int rootOffset, long elements, ElementSink sink) throws MetadataException {
        ArraySalvage.read(
                device,
                LittleEndian.getLong(superblock.bytes(), rootOffset),
                Long.BYTES,
                elements,
                new ArraySalvage.Visitor() {
                    @Override
                    public void found(long first, long[] values, int count) {
                        for (int i = 0; i < count; i++) {
                            sink.element(first + i, values[i]);
                        }
                    }

                    @Override
                    public void lost(long first, long last, String reason) {
                        if (rootOffset == DISCARD_ROOT) {
                            problem("discarded blocks " + first * Long.SIZE + " to " + ((last + 1) * Long.SIZE - 1)
                                    + " are lost (" + reason + ")");
                        }
                    }
                });
    }
}
