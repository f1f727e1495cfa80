package io.devicemapper.persistent;

import java.util.Objects;

/** A persistent array of bits, in words of 64, the least significant first. Threads, commits and aborts are as in {@link PersistentArray}. */
public final class PersistentBitset {
    private final PersistentArray words;
    private long size;

    PersistentBitset(PersistentArray words, long size) {
        this.words = words;
        this.size = size;
    }

    static long wordsOf(long bits) {
        return (bits + Long.SIZE - 1) / Long.SIZE;
    }

    /** The number of the root's block. Changes with the bitset. */
    public long root() {
        return words.root();
    }

    /** The words of 64 bits that the bits are in. */
    public PersistentArray words() {
        return words;
    }

    /** How many bits there are, as this object was told: they are stored in whole words. */
    public long size() {
        return size;
    }

    /**
     * One bit.
     *
     * @throws IndexOutOfBoundsException if there is no such bit
     */
    public boolean get(long bit) throws MetadataException {
        Objects.checkIndex(bit, size);
        return ((words.get(bit / Long.SIZE) >>> bit) & 1) != 0;
    }

    /**
     * Changes one bit. Costs nothing but a look-up if it has that value.
     *
     * @throws IndexOutOfBoundsException if there is no such bit
     * @throws MetadataException as for {@link PersistentArray#set}
     */
    public void set(long bit, boolean value) throws MetadataException {
        Objects.checkIndex(bit, size);
        long word = words.get(bit / Long.SIZE);
        long changed = value ? word | (1L << bit) : word & ~(1L << bit);
        if (changed != word) {
            words.set(bit / Long.SIZE, changed);
        }
    }

    /** The 64 bits from {@code 64 * index} on. */
    public long word(long index) throws MetadataException {
        return words.get(index);
    }

    /** Changes the 64 bits from {@code 64 * index} on. */
    public void setWord(long index, long bits) throws MetadataException {
        words.set(index, bits);
    }

    /** Makes the bitset longer or shorter; new bits, and those that leave, are clear. */
    public void resize(long newSize) throws MetadataException {
        words.resize(wordsOf(newSize), 0);
        if (newSize < size && newSize % Long.SIZE != 0) {
            long last = newSize / Long.SIZE;
            words.set(last, words.get(last) & ((1L << newSize) - 1));
        }
        size = newSize;
    }
}
