package io.devicemapper.persistent;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;

/**
 * Blocks on a device, changed in transactions by shadowing: whatever the last commit refers to is copied to a free place before it is
 * changed, and its old place is not used again before the next commit is durable.
 *
 * <p>One writer; readers come in through {@link #load} and {@link #block} with the generation that they read in.
 */
final class TransactionManager extends NodeStore {
    /** What a store lets its owner do. */
    enum State {
        /** All. */
        WRITABLE,
        /** A change or commit failed half way: an abort makes it writable again. */
        ABORT_REQUIRED,
        /** Reading alone. */
        READ_ONLY
    }

    /** 16 MiB. */
    private static final int MAX_SPARE_ARRAYS = 4096;

    final BlockIo io;
    final BlockCache cache;
    final MetadataSpaceMap spaceMap;
    private final List<WeakReference<Tree>> trees = new ArrayList<>();
    private final List<WeakReference<DataSpaceMap>> dataSpaceMaps = new ArrayList<>();
    private final TreeMap<Long, Integer> pins = new TreeMap<>();
    private final DirtyBlocks dirty;

    /**
     * Arrays of blocks that commits have freed, for the next copies: a commit of a thousand scattered changes would otherwise leave megabytes to
     * the garbage collector. Only while nobody but the writer reads.
     */
    private final Deque<byte[]> spareArrays = new ArrayDeque<>();

    /** Set before a reader gets hold of a root; the writer publishes its roots before it looks. */
    private volatile boolean hasReaders;

    private long[] freed = new long[64];
    private int freedCount;
    private long transaction = 1;

    /** Whether there is a commit on the device. Before the first one, somebody else's data may be there that is to be kept until then. */
    private boolean isOnDevice;

    private State state = State.WRITABLE;

    TransactionManager(BlockIo io, long blocks, int cacheBlocks) {
        this.io = io;
        this.cache = new BlockCache(io, blocks, cacheBlocks);
        this.dirty = new DirtyBlocks(io, cache, cacheBlocks);
        this.spaceMap = new MetadataSpaceMap(io, this, this::oldestRead);
    }

    State state() {
        return state;
    }

    void setState(State newState) {
        state = newState;
    }

    @Override
    void beginChange() throws MetadataException {
        if (state != State.WRITABLE) {
            throw new MetadataException(
                    MetadataException.Reason.REFUSED,
                    io.name() + ": "
                            + (state == State.READ_ONLY
                                    ? "the metadata is read-only"
                                    : "an earlier change failed: the transaction has to be aborted"));
        }
        if (dirty.areMany()) {
            try {
                boolean isHalfFree = spaceMap.allocated() <= spaceMap.blocks() / 2;
                dirty.write(isHalfFree && isOnDevice);
            } catch (MetadataException e) {
                changeFailed();
                throw e;
            }
        }
    }

    @Override
    void changeFailed() {
        if (state == State.WRITABLE) {
            state = State.ABORT_REQUIRED;
        }
    }

    @Override
    Block create(BlockType type, BlockCheck check, byte[] bytes, Block[] children) throws MetadataException {
        Block block = new Block(spaceMap.allocate(), type);
        block.bornIn = transaction;
        block.writableIn = epoch;
        block.check = check;
        block.dirty = true;
        block.children = children;
        block.publish(bytes);
        cache.add(block);
        dirty.add(block);
        return block;
    }

    @Override
    Block shadow(Block block, BlockCheck check, Contents contents) throws MetadataException {
        byte[] bytes = load(block, check, BlockCache.ANY_GENERATION);
        long count = spaceMap.count(block.number);
        if (count == 1 && block.bornIn == transaction && dirty.mayChange(block)) {
            if (!block.dirty) {
                cache.makeDirty(block, bytes);
                dirty.add(block);
            }
            block.writableIn = epoch;
            return block;
        }
        if (count == 0) {
            throw corrupt(block, "is in use, but its reference count is 0");
        }
        Block copy = create(block.type, check, copy(bytes), block.children == null ? null : block.children.clone());
        if (count > 1) {
            contents.retain(bytes);
        }
        decrement(block.number);
        return copy;
    }

    /** Adds free blocks at the end. */
    void grow(long blocks) throws MetadataException {
        spaceMap.grow(blocks);
        cache.resize(blocks);
    }

    private byte[] copy(byte[] bytes) {
        byte[] spare = spareArrays.pollLast();
        if (spare == null) {
            return bytes.clone();
        }
        System.arraycopy(bytes, 0, spare, 0, bytes.length);
        return spare;
    }

    /** Called before anybody but the writer reads: from then on, what he reads is never changed. */
    void expectReaders() {
        hasReaders = true;
    }

    @Override
    void increment(long number) throws MetadataException {
        checkNumber(number);
        spaceMap.increment(number);
    }

    @Override
    void decrement(long number) throws MetadataException {
        checkNumber(number);
        if (spaceMap.decrement(number) > 0) {
            return;
        }
        if (spaceMap.wasAllocated(number)) {
            if (freedCount == freed.length) {
                freed = Arrays.copyOf(freed, freedCount * 2);
            }
            freed[freedCount++] = number;
        } else {
            cache.forget(number);
        }
    }

    @Override
    long count(long number) throws MetadataException {
        checkNumber(number);
        return spaceMap.count(number);
    }

    private void checkNumber(long number) throws MetadataException {
        if (number <= 0 || number >= spaceMap.blocks()) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    io.name() + ": a reference to block " + Long.toUnsignedString(number)
                            + ", where there are blocks 1 to " + (spaceMap.blocks() - 1));
        }
    }

    @Override
    byte[] load(Block block, BlockCheck check, long generation) throws MetadataException {
        return cache.load(block, check, generation);
    }

    @Override
    void prefetch(long[] numbers, BlockType type, BlockCheck check) throws MetadataException {
        cache.prefetch(numbers, type, check);
    }

    @Override
    Block block(long number, BlockType type) throws MetadataException {
        return cache.block(number, type);
    }

    @Override
    void register(Tree tree) {
        trees.add(new WeakReference<>(tree));
    }

    @Override
    MetadataException corrupt(Block block, String what) {
        return block.type.corrupt(io.name(), block.number, what);
    }

    /** From here on, nothing that the writer made so far is changed in place before its reference count was looked at. */
    void beginEpoch() {
        epoch++;
    }

    /** The first phase of a commit: everything but the superblock is written, though not flushed. */
    SpaceMapRoot prepareCommit() throws MetadataException {
        for (DataSpaceMap map : live(dataSpaceMaps)) {
            map.requireSaved();
        }
        dirty.writeForCommit(spaceMap.save());
        return spaceMap.root();
    }

    /** There is a commit on the device that leads to these counts. */
    void open(SpaceMapRoot root) throws MetadataException {
        spaceMap.open(root);
        isOnDevice = true;
    }

    /** The end of a commit: the superblock is durable. */
    void committed() throws MetadataException {
        isOnDevice = true;
        long oldestRead;
        long generation;
        synchronized (cache) {
            generation = cache.nextGeneration();
            for (Tree tree : live(trees)) {
                tree.commit(generation);
            }
            oldestRead = oldestRead();
        }
        dirty.committed();
        forgetFreed();
        spaceMap.committed();
        live(dataSpaceMaps).forEach(DataSpaceMap::committed);
        if (oldestRead < generation && freedCount > 0) {
            spaceMap.hold(generation - 1, Arrays.copyOf(freed, freedCount));
        }
        nextTransaction();
    }

    private void forgetFreed() {
        if (hasReaders) {
            spareArrays.clear();
        }
        for (int i = 0; i < freedCount; i++) {
            Block block = cache.forget(freed[i]);
            boolean ownArray = block != null && block.bytes() != null && block.type != BlockType.BITMAP;
            if (ownArray && !hasReaders && spareArrays.size() < MAX_SPARE_ARRAYS) {
                spareArrays.addLast(block.bytes());
                block.publish(null);
            }
        }
    }

    /** Forgets what was changed since the last commit. */
    void abort() {
        dirty.abort();
        spaceMap.abort();
        live(dataSpaceMaps).forEach(DataSpaceMap::abort);
        for (Tree tree : live(trees)) {
            tree.abort();
        }
        nextTransaction();
    }

    /** Ends what is under way on the device. What was not committed is lost. */
    void close() {
        dirty.end();
        state = State.READ_ONLY;
    }

    private void nextTransaction() {
        freedCount = 0;
        transaction++;
        epoch++;
    }

    private static <T> List<T> live(List<WeakReference<T>> references) {
        List<T> live = new ArrayList<>(references.size());
        for (Iterator<WeakReference<T>> all = references.iterator(); all.hasNext(); ) {
            T one = all.next().get();
            if (one == null) {
                all.remove();
            } else {
                live.add(one);
            }
        }
        return live;
    }

    /** A space map that takes part in commits and aborts from now on. */
    void register(DataSpaceMap map) {
        dataSpaceMaps.add(new WeakReference<>(map));
    }

    /** The oldest generation that is pinned, {@link Long#MAX_VALUE} if none is. */
    private long oldestRead() {
        synchronized (cache) {
            return pins.isEmpty() ? Long.MAX_VALUE : pins.firstKey();
        }
    }

    /** Lets a reader read a tree's committed state for as long as he wants. */
    Tree.Committed pin(Tree tree) {
        expectReaders();
        synchronized (cache) {
            Tree.Committed committed = tree.committed();
            pins.merge(cache.generation(), 1, Integer::sum);
            return new Tree.Committed(committed.root(), cache.generation());
        }
    }

    /** Ends what {@link #pin} began. */
    void unpin(long generation) {
        synchronized (cache) {
            pins.computeIfPresent(generation, (g, count) -> count == 1 ? null : count - 1);
        }
    }
}
