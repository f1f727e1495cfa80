package io.devicemapper.targets.cache;

import io.devicemapper.persistent.LongCursor;
import io.devicemapper.persistent.LongIndex;
import io.devicemapper.persistent.MetadataException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * Which cache block holds which origin block, and which are free: in memory what the metadata says on its device. Look-ups take no lock and
 * no memory; changes come from any thread but a bio's.
 */
final class BlockMap {
    private static final long ABSENT = -1;

    private final CacheBlock[] blocks;
    private final LongIndex index;

    /** Numbers of free blocks, the next one on top. Guarded by {@code free}. */
    private final int[] free;

    private int freeCount;

    private volatile int residents;

    /**
     * A map of what is cached; nothing is free yet.
     *
     * @param cacheBlocks how many blocks there are
     * @param inUse the numbers of those that hold something, in the order of what they hold
     * @param originBlocks tells what a block holds, or {@link CacheBlock#NONE}
     */
    BlockMap(int cacheBlocks, int[] inUse, IntToLongFunction originBlocks) {
        blocks = new CacheBlock[cacheBlocks];
        for (int i = 0; i < cacheBlocks; i++) {
            blocks[i] = new CacheBlock(i, originBlocks.applyAsLong(i));
        }
        free = new int[cacheBlocks];
        LongIndex.Builder builder = new LongIndex.Builder();
        for (int number : inUse) {
            builder.add(originBlocks.applyAsLong(number), number);
        }
        index = builder.build();
        residents = inUse.length;
    }

    /** The cache block that holds an origin block, as far as one can see; null if none does. */
    CacheBlock find(long originBlock) {
        long number = index.get(originBlock, ABSENT);
        return number < 0 ? null : blocks[(int) number];
    }

    /** A cache block. */
    CacheBlock block(int number) {
        return blocks[number];
    }

    /** How many cache blocks there are. */
    int size() {
        return blocks.length;
    }

    /** How many origin blocks are cached. */
    int residents() {
        return residents;
    }

    /** Brings blocks into service, which hold their origin blocks already. */
    synchronized void publish(List<Placement> placements) {
        for (Placement placement : placements) {
            CacheBlock block = placement.block();
            synchronized (block) {
                block.origin(placement.originBlock());
            }
            index.put(placement.originBlock(), block.number());
            residents++;
        }
        index.publish();
    }

    /** Hides blocks from look-ups; who has found one already sees that when it looks again. */
    synchronized void hide(List<Unmapping> unmappings) {
        for (Unmapping unmapping : unmappings) {
            index.remove(unmapping.originBlock());
            residents--;
        }
        index.publish();
    }

    /** The cached blocks among a range of origin blocks, at most so many. O(n). */
    synchronized List<CacheBlock> inRange(long first, long end, int most) {
        List<CacheBlock> found = new ArrayList<>();
        LongCursor cursor = index.cursor();
        try {
            for (boolean more = cursor.ceiling(first);
                    more && cursor.key() < end && found.size() < most;
                    more = cursor.next()) {
                found.add(blocks[(int) cursor.value()]);
            }
        } catch (MetadataException e) {
            throw new AssertionError("the index is in memory", e);
        }
        return found;
    }

    /** Gives a block back, which nobody uses. */
    void free(CacheBlock block) {
        synchronized (free) {
            free[freeCount++] = block.number();
        }
    }

    /** Takes a free block; null if there is none. */
    CacheBlock takeFree() {
        synchronized (free) {
            return freeCount == 0 ? null : blocks[free[--freeCount]];
        }
    }

    /** An origin block and the cache block that holds it. */
    record Placement(long originBlock, CacheBlock block) {}
}
