package io.devicemapper.persistent;

import java.util.Objects;

/**
 * A persistent array of u32 or u64 elements, indexed from 0 without gaps: a B-tree of blocks, all full but the last.
 *
 * <p>One thread at a time may use it, the one that changes the store. Changes become durable with {@link MetadataStore#commit};
 * {@link MetadataStore#abort} takes them back, here as well. The size is not stored: whoever has the root in his superblock has the size
 * there too.
 */
public final class PersistentArray {
    private final NodeStore store;
    private final ArrayLayout layout;
    private final Tree tree;
    private final TreeUpdate update;

    PersistentArray(NodeStore store, ArrayLayout layout, Tree tree) {
        this.store = store;
        this.layout = layout;
        this.tree = tree;
        this.update = new TreeUpdate(tree);
    }

    static ValueReferences references(NodeStore store) {
        return new ValueReferences() {
            @Override
            public void increment(byte[] leaf, int offset) throws MetadataException {
                store.increment(LittleEndian.getLong(leaf, offset));
            }

            @Override
            public void decrement(byte[] leaf, int offset) throws MetadataException {
                store.decrement(LittleEndian.getLong(leaf, offset));
            }
        };
    }

    /** The number of the root's block: what a superblock refers to this array by. Changes with the array. */
    public long root() {
        return tree.root().number;
    }

    /** Bytes in an element: 4 or 8. */
    public int elementBytes() {
        return layout.elementBytes;
    }

    /** How many elements there are. Reads the last block. */
    public long size() throws MetadataException {
        LongCursor cursor = new LongCursor(tree, null);
        return cursor.last() ? cursor.key() * layout.maxElements + ArrayLayout.elements(content(cursor.value())) : 0;
    }

    /**
     * An element; one of 4 bytes is not negative.
     *
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public long get(long index) throws MetadataException {
        byte[] block = content(blockOf(index));
        return layout.get(block, elementIndex(block, index));
    }

    /**
     * Reads neighbouring elements, in large pieces where their blocks are neighbours on the device.
     *
     * @param index the first
     * @param into where they go
     * @param count how many, from the beginning of {@code into} on
     * @throws IndexOutOfBoundsException if the array does not have them all
     */
    public void read(long index, long[] into, int count) throws MetadataException {
        Objects.checkFromIndexSize(0, count, into.length);
        if (count == 0) {
            return;
        }
        long firstBlock = Long.divideUnsigned(index, layout.maxElements);
        int blocks = (int) (Long.divideUnsigned(index + count - 1, layout.maxElements) - firstBlock) + 1;
        long[] numbers = new long[blocks];
        LongCursor cursor = new LongCursor(tree, null);
        boolean found = cursor.ceiling(firstBlock);
        for (int i = 0; i < blocks; i++) {
            if (!found || cursor.key() != firstBlock + i) {
                throw new IndexOutOfBoundsException(
                        "element " + Long.toUnsignedString((firstBlock + i) * layout.maxElements));
            }
            numbers[i] = cursor.value();
            found = cursor.next();
        }
        store.prefetch(numbers, BlockType.ARRAY, layout);
        int done = 0;
        for (long number : numbers) {
            byte[] block = content(number);
            int from = elementIndex(block, index + done);
            int here = Math.min(count - done, layout.maxElements - from);
            Objects.checkFromIndexSize(from, here, ArrayLayout.elements(block));
            for (int i = 0; i < here; i++) {
                into[done + i] = layout.get(block, from + i);
            }
            done += here;
        }
    }

    private long blockOf(long index) throws MetadataException {
        long blockIndex = Long.divideUnsigned(index, layout.maxElements);
        long number = LongBTree.valueIn(tree.leaf(blockIndex), blockIndex, 0);
        if (number == 0) {
            throw new IndexOutOfBoundsException("element " + Long.toUnsignedString(index));
        }
        return number;
    }

    private int elementIndex(byte[] block, long index) {
        int inBlock = (int) Long.remainderUnsigned(index, layout.maxElements);
        return Objects.checkIndex(inBlock, ArrayLayout.elements(block));
    }

    private byte[] content(long number) throws MetadataException {
        return store.load(store.block(number, BlockType.ARRAY), layout, BlockCache.ANY_GENERATION);
    }

    /**
     * Changes an element.
     *
     * @param value of an element of 4 bytes, the lower half is stored
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws MetadataException if no block is free, or what is needed could not be read: the transaction has to be aborted
     */
    public void set(long index, long value) throws MetadataException {
        long number = blockOf(index);
        int inBlock = elementIndex(content(number), index);
        store.beginChange();
        Block block = store.block(number, BlockType.ARRAY);
        if (block.writableIn != store.epoch) {
            block = shadow(Long.divideUnsigned(index, layout.maxElements));
        }
        layout.put(block.bytes(), inBlock, value);
    }

    /** Makes the block of that index changeable, and the way to it. */
    private Block shadow(long blockIndex) throws MetadataException {
        int at = update.prepare(blockIndex);
        try {
            if (at < 0) {
                throw new AssertionError("block " + blockIndex + " of the array is gone");
            }
            byte[] leaf = update.leaf();
            Block old = store.block(LittleEndian.getLong(leaf, at), BlockType.ARRAY);
            Block block = store.shadow(old, layout, bytes -> {});
            LittleEndian.putLong(leaf, at, block.number);
            return block;
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
    }

    /**
     * Makes the array longer or shorter.
     *
     * @param newSize elements from then on, at least 0
     * @param fill what new elements are
     * @throws MetadataException as for {@link #set}
     */
    public void resize(long newSize, long fill) throws MetadataException {
        if (newSize < 0) {
            throw new IllegalArgumentException("size " + newSize);
        }
        long oldSize = size();
        if (newSize < oldSize) {
            shrink(oldSize, newSize);
        } else if (newSize > oldSize) {
            grow(oldSize, newSize, fill);
        }
    }

    private void shrink(long oldSize, long newSize) throws MetadataException {
        long keptBlocks = blocksOf(newSize);
        for (long block = blocksOf(oldSize) - 1; block >= keptBlocks; block--) {
            update.remove(block);
        }
        int inLast = (int) (newSize % layout.maxElements);
        if (inLast > 0) {
            ArrayLayout.setElements(shadow(keptBlocks - 1).bytes(), inLast);
        }
    }

    private void grow(long oldSize, long newSize, long fill) throws MetadataException {
        long size = oldSize;
        int inLast = (int) (oldSize % layout.maxElements);
        if (inLast > 0) {
            byte[] last = shadow(blocksOf(oldSize) - 1).bytes();
            int elements = (int) Math.min(layout.maxElements, inLast + newSize - oldSize);
            for (int i = inLast; i < elements; i++) {
                layout.put(last, i, fill);
            }
            ArrayLayout.setElements(last, elements);
            size += elements - inLast;
        }
        while (size < newSize) {
            int elements = (int) Math.min(layout.maxElements, newSize - size);
            append(size / layout.maxElements, layout.newBlock(elements, fill));
            size += elements;
        }
    }

    private void append(long blockIndex, byte[] bytes) throws MetadataException {
        int at = update.prepare(blockIndex);
        try {
            Block block = store.create(BlockType.ARRAY, layout, bytes, null);
            LittleEndian.putLong(update.leaf(), at < 0 ? ~at : at, block.number);
        } catch (MetadataException | RuntimeException e) {
            store.changeFailed();
            throw e;
        }
    }

    private long blocksOf(long size) {
        return (size + layout.maxElements - 1) / layout.maxElements;
    }

    /** A second array with the same elements: see {@link LongBTree#snapshot}. */
    public PersistentArray snapshot() throws MetadataException {
        return new PersistentArray(store, layout, Snapshots.snapshot(tree));
    }

    /** Gives up this array and frees what no snapshot shares. O(n); the object is of no use afterwards. */
    public void delete() throws MetadataException {
        Snapshots.delete(tree);
    }
}
