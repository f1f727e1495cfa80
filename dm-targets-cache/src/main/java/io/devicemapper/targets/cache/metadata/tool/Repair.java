package io.devicemapper.targets.cache.metadata.tool;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.LongIndex;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheCheck;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.CacheSalvage;
import io.devicemapper.targets.cache.metadata.CacheSuperblock;
import io.devicemapper.targets.cache.metadata.Provenance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What can be saved of a cache's metadata. All of it is read before the first write, so that it can be written in its own place.
 *
 * <p>Blocks whose mark is lost become marked. Of two blocks that hold the same origin block none is kept: it is not known which of
 * them is right. A cache that was left behind becomes empty.
 */
final class Repair {
    private static final long MARKED = 1L << 63;
    private static final long FREE = -1L >>> 1;

    private final BlockDevice device;
    private final CacheSuperblock superblock;
    private final boolean needless;
    private final List<String> losses = new ArrayList<>();

    /** Origin blocks by cache block, with {@link #MARKED}, or {@link #FREE}. */
    private final long[] mappings;

    /** Null without hints. */
    private int[] hints;

    private long kept;

    private Repair(BlockDevice device, CacheSuperblock superblock, boolean needless) throws MetadataException {
        this.device = device;
        this.superblock = superblock;
        this.needless = needless;
        CacheSalvage salvage = new CacheSalvage(device, superblock);
        mappings = new long[CacheSuperblock.inMemory(device.name(), superblock.cacheBlocks())];
        Arrays.fill(mappings, FREE);
        if (superblock.provenance() == Provenance.DETACHED) {
            losses.add("all mappings are given up: the cache was left behind, and what it holds may be stale");
            return;
        }
        read(salvage);
        losses.addAll(salvage.losses());
    }

    /**
     * Reads what can be saved.
     *
     * @param useSpare whether the spare copy of block 0 may be taken, if block 0 is damaged
     * @throws MetaException if there is nothing to go by
     */
    static Repair of(BlockDevice device, boolean useSpare) throws MetaException, MetadataException {
        Optional<CacheSuperblock> superblock;
        try {
            superblock = CacheMetadata.inspect(device);
        } catch (MetadataException damage) {
            if (damage.reason() != MetadataException.Reason.CORRUPT
                    && damage.reason() != MetadataException.Reason.IO
                    && damage.reason() != MetadataException.Reason.WRONG_FORMAT) {
                throw damage;
            }
            return ofSpare(device, useSpare, damage);
        }
        if (superblock.isEmpty()) {
            throw new MetaException(device.name() + ": block 0 is all zeroes: there is no cache metadata yet");
        }
        CacheCheck.Result found = CacheCheck.check(device, superblock.get());
        boolean needless = found.problems().isEmpty()
                && found.blemishes().isEmpty()
                && superblock.get().provenance() != Provenance.DETACHED;
        return new Repair(device, superblock.get(), needless);
    }

    private static Repair ofSpare(BlockDevice device, boolean useSpare, MetadataException damage)
            throws MetaException, MetadataException {
        Optional<CacheSuperblock> spare = CacheMetadata.inspectSpare(device);
        if (spare.isEmpty()) {
            throw new MetaException(
                    damage.getMessage() + "; there is no spare copy of block 0, so nothing leads to the rest", damage);
        }
        if (!useSpare) {
            throw new MetaException(
                    damage.getMessage()
                            + "; there is a spare copy of block 0 from this program's last use: if no kernel has"
                            + " used the cache since, --use-spare takes it",
                    damage);
        }
        return new Repair(device, spare.get(), false);
    }

    private void read(CacheSalvage salvage) throws MetadataException {
        LongIndex holders = new LongIndex();
        long twinBlock = superblock.provenance() == Provenance.OURS ? superblock.twinBlock() : -1;
        salvage.mappings((cacheBlock, originBlock, marked) -> {
            long other = holders.getUnpublished(originBlock, -1);
            if (cacheBlock == twinBlock) {
                losses.add("cache block " + cacheBlock + ": given up, since it holds the twin of the generation");
                return;
            }
            holders.put(originBlock, cacheBlock);
            if (other >= 0) {
                losses.add("cache blocks " + other + " and " + cacheBlock + ": given up, since both hold origin block "
                        + originBlock);
                mappings[(int) other] = FREE;
            } else {
                mappings[(int) cacheBlock] = originBlock | (marked ? MARKED : 0);
            }
        });
        salvage.hints((cacheBlock, hint) -> {
            if (hints == null) {
                hints = new int[mappings.length];
            }
            hints[(int) cacheBlock] = hint;
        });
    }

    /** Whether nothing is wrong with what is there. */
    boolean isNeedless() {
        return needless;
    }

    /** What is lost, in sentences. */
    List<String> losses() {
        return losses;
    }

    /** Writes the metadata anew. */
    void write(BlockDevice target) throws MetadataException {
        try (CacheMetadata metadata = CacheMetadata.rebuild(target, superblock)) {
            metadata.resize(mappings.length);
            for (int i = 0; i < mappings.length; i++) {
                if (mappings[i] != FREE) {
                    metadata.map(i, mappings[i] & ~MARKED);
                    if ((mappings[i] & MARKED) != 0) {
                        metadata.mark(i);
                    }
                    kept++;
                }
            }
            if (hints != null) {
                metadata.hints(superblock.policy(), cacheBlock -> hints[(int) cacheBlock]);
            }
            metadata.commit();
        }
    }

    /** What was done, in a sentence. */
    String summary() {
        return device.name() + ": repaired, " + kept + " of " + mappings.length + " cache blocks in use"
                + (losses.isEmpty() ? ", nothing is lost" : "");
    }
}
