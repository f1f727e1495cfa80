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

    /** The blocks that were in use when this was read, in the order of what they hold; null until somebody asks. */
    private int[] loadedOrder;

    private LoadedMappings(int cacheBlocks) {
        originBlocks = new long[cacheBlocks];
        Arrays.fill(originBlocks, CacheBlock.NONE);
        hints = new int[cacheBlocks];
    }

    static LoadedMappings read(CacheMetadata metadata, PolicyIdentity policy) throws MetadataException {
        LoadedMappings loaded = new LoadedMappings(metadata.cacheBlocksInMemory());
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
        int[] ordered = inOriginOrder();
        for (int i = 1; i < ordered.length; i++) {
            if (originBlocks[ordered[i]] == originBlocks[ordered[i - 1]]) {
                return new int[] {ordered[i - 1], ordered[i]};
            }
        }
        return null;
    }

    /** The cache blocks in use, those of the first origin blocks first, and of equal ones the lower number. */
    int[] inOriginOrder() {
        if (loadedOrder == null) {
            loadedOrder = OriginOrder.of(originBlocks);
        }
        int[] ordered = new int[loadedOrder.length];
        int count = 0;
        for (int block : loadedOrder) {
            if (originBlocks[block] != CacheBlock.NONE) {
                ordered[count++] = block;
            }
        }
        return Arrays.copyOf(ordered, count);
    }
}
