package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.persistent.CacheSuperblockFormat.DIRTY_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.HINT_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.MAPPING_ROOT;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.persistent.ArraySalvage;
import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads what can be read of a cache's metadata, damaged or not, straight from the device and without changing it. A block whose mark
 * is lost counts as marked: it then goes back to the origin, or is dropped, which is right for a block that is equal to it as well. What is
 * lost is told in ranges of cache blocks.
 *
 * <p>First {@link #mappings}, then {@link #hints}. Memory: two bits for each cache block.
 */
public final class CacheSalvage {
    /** More mappings than a metadata device can hold. */
    static final long MAX_CACHE_BLOCKS = Integer.MAX_VALUE;

    /** Receives the mappings in ascending order. */
    @FunctionalInterface
    public interface MappingSink {
        /**
         * A cache block in use.
         *
         * @param cacheBlock its number
         * @param originBlock what it holds
         * @param marked whether it may differ from the origin; always, where the metadata was not closed in order
         */
        void mapping(long cacheBlock, long originBlock, boolean marked) throws MetadataException;
    }

    /** Receives the hints of the blocks in use, in ascending order. */
    @FunctionalInterface
    public interface HintSink {
        /** The hint of a cache block. */
        void hint(long cacheBlock, int hint) throws MetadataException;
    }

    private final BlockDevice device;
    private final CacheSuperblock superblock;
    private final long cacheBlocks;
    private final List<String> losses = new ArrayList<>();
    private final BitSet marked = new BitSet();
    private final BitSet mapped = new BitSet();

    /**
     * What a superblock leads to.
     *
     * @throws MetadataException if it says that there are more cache blocks than can be
     */
    public CacheSalvage(BlockDevice device, CacheSuperblock superblock) throws MetadataException {
        this.device = device;
        this.superblock = superblock;
        this.cacheBlocks = superblock.cacheBlocks();
        if (cacheBlocks > MAX_CACHE_BLOCKS) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    device.name() + ": the superblock says that there are " + cacheBlocks
                            + " cache blocks; no metadata device has room for them");
        }
    }

    /** What is lost of what was read so far, in sentences. */
    public List<String> losses() {
        return List.copyOf(losses);
    }

    /** Tells of every cache block in use whose mapping can be read. */
    public void mappings(MappingSink sink) throws MetadataException {
        boolean apart = superblock.version() != 1;
        boolean all = superblock.provenance() == Provenance.FOREIGN_UNCLEAN;
        if (apart) {
            readMarks();
        }
        read(MAPPING_ROOT, Long.BYTES, cacheBlocks, new Losses("", "mappings are lost", 1) {
            @Override
            public void found(long first, long[] values, int count) throws MetadataException {
                for (int i = 0; i < count; i++) {
                    long value = values[i];
                    if ((value & CacheBlockTables.VALID) != 0) {
                        int cacheBlock = (int) first + i;
                        boolean mark = apart ? marked.get(cacheBlock) : (value & CacheBlockTables.MARKED) != 0;
                        mapped.set(cacheBlock);
                        sink.mapping(cacheBlock, value >>> CacheBlockTables.ORIGIN_SHIFT, all || mark);
                    }
                }
            }
        });
    }

    private void readMarks() throws MetadataException {
        long words = (cacheBlocks + Long.SIZE - 1) / Long.SIZE;
        read(DIRTY_ROOT, Long.BYTES, words, new Losses("marks of ", "are lost: they count as marked", Long.SIZE) {
            @Override
            public void found(long first, long[] values, int count) {
                for (int i = 0; i < count; i++) {
                    BitSet word = BitSet.valueOf(new long[] {values[i]});
                    int from = (int) first * Long.SIZE + i * Long.SIZE;
                    word.stream().forEach(bit -> marked.set(from + bit));
                }
            }

            @Override
            public void lost(long first, long last, String reason) {
                super.lost(first, last, reason);
                marked.set((int) first * Long.SIZE, (int) Math.min(cacheBlocks, (last + 1) * Long.SIZE));
            }
        });
    }

    /** Cache blocks that are marked as stored, and not in use; for version 2, after {@link #mappings} and without losses. */
    IntStream markedButFree() {
        if (!losses.isEmpty()) {
            return IntStream.empty();
        }
        BitSet odd = (BitSet) marked.clone();
        odd.andNot(mapped);
        return odd.stream().filter(block -> block < cacheBlocks);
    }

    /** Tells of the hints of the blocks that {@link #mappings} told of, if there are hints. */
    public void hints(HintSink sink) throws MetadataException {
        if (LittleEndian.getLong(superblock.bytes(), HINT_ROOT) == 0) {
            return;
        }
        read(HINT_ROOT, Integer.BYTES, cacheBlocks, new Losses("hints of ", "are lost", 1) {
            @Override
            public void found(long first, long[] values, int count) throws MetadataException {
                for (int i = 0; i < count; i++) {
                    if (mapped.get((int) first + i)) {
                        sink.hint(first + i, (int) values[i]);
                    }
                }
            }
        });
    }

    private void read(int rootOffset, int elementBytes, long elements, ArraySalvage.Visitor visitor)
            throws MetadataException {
        ArraySalvage.read(
                device, LittleEndian.getLong(superblock.bytes(), rootOffset), elementBytes, elements, visitor);
    }

    /** Puts down what is lost. */
    private abstract class Losses implements ArraySalvage.Visitor {
        private final String before;
        private final String after;
        private final int blocksInElement;

        Losses(String before, String after, int blocksInElement) {
            this.before = before;
            this.after = after;
            this.blocksInElement = blocksInElement;
        }

        @Override
        public void lost(long first, long last, String reason) {
            long lastBlock = Math.min(cacheBlocks, (last + 1) * blocksInElement) - 1;
            losses.add(before + "cache blocks " + first * blocksInElement + " to " + lastBlock
                    + (before.isEmpty() ? ": " : " ") + after + " (" + reason + ")");
        }
    }
}
