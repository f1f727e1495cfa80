package io.devicemapper.targets.cache.metadata;

import static io.devicemapper.persistent.CacheSuperblockFormat.CACHE_BLOCKS;
import static io.devicemapper.persistent.CacheSuperblockFormat.DIRTY_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.DISCARD_BLOCK_SIZE;
import static io.devicemapper.persistent.CacheSuperblockFormat.DISCARD_NR_BLOCKS;
import static io.devicemapper.persistent.CacheSuperblockFormat.DISCARD_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.HINT_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.MAPPING_ROOT;
import static io.devicemapper.persistent.CacheSuperblockFormat.POLICY_HINT_SIZE;

import io.devicemapper.persistent.LittleEndian;
import io.devicemapper.persistent.MetadataException;
import io.devicemapper.persistent.MetadataStore;
import io.devicemapper.persistent.PersistentArray;
import io.devicemapper.persistent.PersistentBitset;
import java.util.Objects;

/**
 * What is stored for each cache block.
 *
 * <pre>
 * mapping  u64  0, or origin block &lt;&lt; 16 | 1, in version 1 | 2 if the block is marked
 * mark     bit  in version 2
 * hint     u32  only once there were hints
 * </pre>
 */
final class CacheBlockTables {
    static final int VALID = 1;
    static final int MARKED = 2;
    static final int ORIGIN_SHIFT = 16;

    /** How many elements are read at a time: a multiple of 64. */
    private static final int CHUNK = 1 << 16;

    private static final long MAX_ORIGIN_BLOCK = (1L << (Long.SIZE - ORIGIN_SHIFT)) - 1;

    private final String device;
    private final MetadataStore store;
    private final PersistentArray mappings;

    /** Null in version 1. */
    private final PersistentBitset marks;

    /** Null without hints. */
    private PersistentArray hints;

    private long size;

    private CacheBlockTables(
            String device, MetadataStore store, PersistentArray mappings, PersistentBitset marks, long size) {
        this.device = device;
        this.store = store;
        this.mappings = mappings;
        this.marks = marks;
        this.size = size;
    }

    static CacheBlockTables create(String device, MetadataStore store) throws MetadataException {
        PersistentBitset marks = store.version() == 1 ? null : store.createBitset();
        return new CacheBlockTables(device, store, store.createArray(Long.BYTES), marks, 0);
    }

    /** The tables that the superblock of the open transaction leads to. */
    static CacheBlockTables open(String device, MetadataStore store) throws MetadataException {
        byte[] superblock = store.superblock();
        long size = Integer.toUnsignedLong(LittleEndian.getInt(superblock, CACHE_BLOCKS));
        PersistentBitset marks =
                store.version() == 1 ? null : store.openBitset(LittleEndian.getLong(superblock, DIRTY_ROOT), size);
        PersistentArray mappings = store.openArray(Long.BYTES, LittleEndian.getLong(superblock, MAPPING_ROOT));
        CacheBlockTables tables = new CacheBlockTables(device, store, mappings, marks, size);
        long hintRoot = LittleEndian.getLong(superblock, HINT_ROOT);
        if (hintRoot != 0) {
            tables.hints = store.openArray(Integer.BYTES, hintRoot);
        }
        return tables;
    }

    long size() {
        return size;
    }

    void load(boolean hintsValid, boolean allMarked, MappingVisitor visitor) throws MetadataException {
        int chunk = (int) Math.min(CHUNK, size);
        long[] values = new long[chunk];
        long[] words = new long[(chunk + Long.SIZE - 1) / Long.SIZE];
        long[] hinted = new long[hintsValid ? chunk : 0];
        for (long from = 0; from < size; from += chunk) {
            int count = (int) Math.min(chunk, size - from);
            readChunk(mappings, "mappings", from, values, count);
            if (marks != null) {
                readChunk(marks.words(), "marks", from / Long.SIZE, words, (count + Long.SIZE - 1) / Long.SIZE);
            }
            if (hintsValid) {
                readChunk(hints, "hints", from, hinted, count);
            }
            for (int i = 0; i < count; i++) {
                long value = values[i];
                if ((value & VALID) != 0) {
                    requireKnownFlags(from + i, value);
                    boolean marked = allMarked
                            || (marks == null ? (value & MARKED) != 0 : ((words[i / Long.SIZE] >>> i) & 1) != 0);
                    int hint = hintsValid ? (int) hinted[i] : 0;
                    visitor.mapping(from + i, value >>> ORIGIN_SHIFT, marked, hint, hintsValid);
                }
            }
        }
    }

    private void readChunk(PersistentArray array, String name, long from, long[] into, int count)
            throws MetadataException {
        try {
            array.read(from, into, count);
        } catch (IndexOutOfBoundsException e) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    device + ": fewer " + name + " are stored than there are cache blocks, " + size,
                    e);
        }
    }

    private void requireKnownFlags(long cacheBlock, long value) throws MetadataException {
        int known = marks == null ? VALID | MARKED : VALID;
        int flags = (int) value & ((1 << ORIGIN_SHIFT) - 1);
        if ((flags & ~known) != 0) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    device + ": the mapping of cache block " + cacheBlock + " has flags 0x" + Integer.toHexString(flags)
                            + ", known are 0x" + Integer.toHexString(known));
        }
    }

    long originBlock(long cacheBlock) throws MetadataException {
        long value = value(cacheBlock);
        return (value & VALID) != 0 ? value >>> ORIGIN_SHIFT : -1;
    }

    private long value(long cacheBlock) throws MetadataException {
        Objects.checkIndex(cacheBlock, size);
        return mappings.get(cacheBlock);
    }

    boolean isMarked(long cacheBlock) throws MetadataException {
        return marks == null ? (value(cacheBlock) & MARKED) != 0 : marks.get(cacheBlock);
    }

    void map(long cacheBlock, long originBlock) throws MetadataException {
        Objects.checkIndex(cacheBlock, size);
        if (originBlock < 0 || originBlock > MAX_ORIGIN_BLOCK) {
            throw new IllegalArgumentException("origin block " + originBlock);
        }
        mappings.set(cacheBlock, originBlock << ORIGIN_SHIFT | VALID);
        if (marks != null) {
            marks.set(cacheBlock, false);
        }
    }

    void unmap(long cacheBlock) throws MetadataException {
        if (value(cacheBlock) != 0) {
            mappings.set(cacheBlock, 0);
        }
        if (marks != null) {
            marks.set(cacheBlock, false);
        }
    }

    void mark(long cacheBlock, boolean marked) throws MetadataException {
        long value = value(cacheBlock);
        if ((value & VALID) == 0) {
            throw new IllegalStateException("cache block " + cacheBlock + " holds nothing");
        }
        if (marks != null) {
            marks.set(cacheBlock, marked);
            return;
        }
        long changed = marked ? value | MARKED : value & ~MARKED;
        if (changed != value) {
            mappings.set(cacheBlock, changed);
        }
    }

    /** The first cache block from a number on that holds something, or -1. */
    long firstMapped(long from) throws MetadataException {
        long[] values = new long[(int) Math.min(CHUNK, Math.max(0, size - from))];
        for (long at = from; at < size; at += values.length) {
            int count = (int) Math.min(values.length, size - at);
            readChunk(mappings, "mappings", at, values, count);
            for (int i = 0; i < count; i++) {
                if ((values[i] & VALID) != 0) {
                    return at + i;
                }
            }
        }
        return -1;
    }

    void resize(long newSize) throws MetadataException {
        mappings.resize(newSize, 0);
        if (marks != null) {
            marks.resize(newSize);
        }
        if (hints != null) {
            hints.resize(newSize, 0);
        }
        size = newSize;
    }

    void hints(HintSource source) throws MetadataException {
        if (hints == null) {
            hints = store.createArray(Integer.BYTES);
        }
        hints.resize(size, 0);
        int chunk = (int) Math.min(CHUNK, size);
        long[] stored = new long[chunk];
        for (long from = 0; from < size; from += chunk) {
            int count = (int) Math.min(chunk, size - from);
            hints.read(from, stored, count);
            for (int i = 0; i < count; i++) {
                int hint = source.hint(from + i);
                if ((int) stored[i] != hint) {
                    hints.set(from + i, hint);
                }
            }
        }
    }

    void dropHints() throws MetadataException {
        if (hints != null) {
            hints.delete();
            hints = null;
        }
    }

    /** Makes the superblock of the open transaction lead to these tables, and to a discard bitset without bits. */
    void save() throws MetadataException {
        if (hints != null && hints.size() != size) {
            hints.resize(size, 0); // a tool may have stored fewer
        }
        byte[] superblock = store.superblock();
        LittleEndian.putLong(superblock, MAPPING_ROOT, mappings.root());
        if (marks != null) {
            LittleEndian.putLong(superblock, DIRTY_ROOT, marks.root());
        }
        LittleEndian.putLong(superblock, HINT_ROOT, hints == null ? 0 : hints.root());
        LittleEndian.putInt(superblock, POLICY_HINT_SIZE, hints == null ? 0 : Integer.BYTES);
        long discards = LittleEndian.getLong(superblock, DISCARD_ROOT);
        boolean empty = LittleEndian.getLong(superblock, DISCARD_BLOCK_SIZE) == 0
                && LittleEndian.getLong(superblock, DISCARD_NR_BLOCKS) == 0;
        if (discards == 0 || !empty) {
            if (discards != 0) {
                store.openArray(Long.BYTES, discards).delete();
            }
            LittleEndian.putLong(superblock, DISCARD_ROOT, store.createBitset().root());
            LittleEndian.putLong(superblock, DISCARD_BLOCK_SIZE, 0);
            LittleEndian.putLong(superblock, DISCARD_NR_BLOCKS, 0);
        }
    }
}
