package io.devicemapper.targets.cache;

import io.devicemapper.persistent.MetadataException;
import io.devicemapper.targets.cache.metadata.CacheMetadata;
import io.devicemapper.targets.cache.metadata.PolicyIdentity;
import java.util.Arrays;
import java.util.BitSet;

/** The mappings of a cache that is being opened, in memory: read once, corrected, and then put into service. */
final class LoadedMappings {
    private final long[] originBlocks;
    private final int[] hints;
    private final BitSet marked = new BitSet();
    private boolean hintsValid;

    private LoadedMappings(int cacheBlocks) {
        originBlocks = new long[cacheBlocks];
        Arrays.fill(originBlocks, CacheBlock.NONE);
        hints = new int[cacheBlocks];
    }

    static LoadedMappings read(CacheMetadata metadata, PolicyIdentity policy) throws MetadataException {
        LoadedMappings loaded = new LoadedMappings(Math.toIntExact(metadata.cacheBlocks()));
        metadata.load(policy, (cacheBlock, originBlock, isMarked, hint, hintValid) -> {
            int block = Math.toIntExact(cacheBlock);
            loaded.originBlocks[block] = originBlock;
            loaded.hints[block] = hint;
            loaded.hintsValid |= hintValid;
            loaded.marked.set(block, isMarked);
        });
        return loaded;
    }

    /** How many cache blocks the metadata knows. */
    int size() {
        return originBlocks.length;
    }

    /** What a cache block holds, or {@link CacheBlock#NONE}. */
    long originBlock(int cacheBlock) {
        return originBlocks[cacheBlock];
    }

    boolean isMarked(int cacheBlock) {
        return marked.get(cacheBlock);
    }

    int hint(int cacheBlock) {
        return hints[cacheBlock];
    }

    /** Whether the hints are the policy's own. */
    boolean hintsValid() {
        return hintsValid;
    }

    /** How many blocks are marked. */
    int markedBlocks() {
        return marked.cardinality();
    }

    /** Takes a block out, here and in the metadata. */
    void unmap(CacheMetadata metadata, int cacheBlock) throws MetadataException {
        metadata.unmap(cacheBlock);
        originBlocks[cacheBlock] = CacheBlock.NONE;
        marked.clear(cacheBlock);
    }

    /** Takes a mark back, here and in the metadata. */
    void unmark(CacheMetadata metadata, int cacheBlock) throws MetadataException {
        metadata.unmark(cacheBlock);
        marked.clear(cacheBlock);
    }

    /** Two cache blocks that hold the same origin block; null if there are none. */
    int[] duplicate() {
        long[] sorted = Arrays.stream(originBlocks)
                .filter(originBlock -> originBlock != CacheBlock.NONE)
                .sorted()
                .toArray();
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                return holders(sorted[i]);
            }
        }
        return null;
    }

    private int[] holders(long originBlock) {
        int[] found = new int[2];
        int count = 0;
        for (int block = 0; count < 2; block++) {
            if (originBlocks[block] == originBlock) {
                found[count++] = block;
            }
        }
        return found;
    }

    /** The cache blocks in use, those of the first origin blocks first where that can be had at little cost. */
    int[] inOriginOrder() {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(originBlocks.length);
        long[] keys = new long[originBlocks.length];
        int count = 0;
        boolean fits = true;
        for (int block = 0; block < originBlocks.length; block++) {
            long originBlock = originBlocks[block];
            if (originBlock != CacheBlock.NONE) {
                fits &= originBlock < 1L << (Long.SIZE - 1 - bits);
                keys[count++] = originBlock << bits | block;
            }
        }
        if (fits) {
            Arrays.sort(keys, 0, count);
        }
        int[] ordered = new int[count];
        int mask = (1 << bits) - 1;
        for (int i = 0; i < count; i++) {
            ordered[i] = (int) keys[i] & mask;
        }
        return ordered;
    }
}
