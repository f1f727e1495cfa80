package io.devicemapper.persistent;

import java.util.Arrays;

/**
 * The blocks that are known in memory, found by number in a table without hashing. Of the clean ones at most a given number keep their
 * content; a clock that goes round them picks those to drop. Internal nodes of trees, less than a hundredth of a tree, are not counted
 * and stay.
 *
 * <p>Safe for use by several threads: its monitor guards the table and the clock, and is never held over I/O.
 */
final class BlockCache {
    /** What the writer, and readers that pinned what they read, give as generation. */
    static final long ANY_GENERATION = -1;

    private static final int SLAB_SHIFT = 9;
    private static final int SLAB_MASK = (1 << SLAB_SHIFT) - 1;

    private final BlockIo io;
    private final int capacity;
    private long blocks;
    private Block[][] slabs = new Block[0][];
    private Block[] ring = new Block[64];
    private int ringSize;
    private int hand;
    private long generation;

    /**
     * A cache without blocks.
     *
     * @param io where they come from
     * @param blocks how many blocks the device may have
     * @param capacity how many clean blocks keep their content
     */
    BlockCache(BlockIo io, long blocks, int capacity) {
        this.io = io;
        this.capacity = capacity;
        resize(blocks);
    }

    synchronized void resize(long newBlocks) {
        blocks = newBlocks;
        slabs = Arrays.copyOf(slabs, Math.toIntExact((newBlocks + SLAB_MASK) >>> SLAB_SHIFT));
    }

    /** Raised by every commit: what a reader of an earlier generation has not yet read may have been overwritten since. */
    synchronized long generation() {
        return generation;
    }

    /** Ends a generation and hands out the next. Whoever has to change something together with it holds this object's monitor. */
    synchronized long nextGeneration() {
        return ++generation;
    }

    /** The block of a number, in memory or not. */
    synchronized Block block(long number, BlockType type) throws MetadataException {
        if (number <= 0 || number >= blocks) {
            throw new MetadataException(
                    MetadataException.Reason.CORRUPT,
                    io.name() + ": a reference to block " + Long.toUnsignedString(number) + " as a " + type
                            + ", where there are blocks 1 to " + (blocks - 1));
        }
        Block block = slot(number);
        if (block == null) {
            block = new Block(number, type);
            setSlot(number, block);
        } else if (block.type != type) {
            throw type.corrupt(io.name(), number, "is used as a " + block.type + " as well");
        }
        return block;
    }

    /** A block that the writer has just allocated: whatever was known under its number is no longer what is meant. */
    synchronized void add(Block fresh) {
        forget(fresh.number);
        setSlot(fresh.number, fresh);
    }

    /**
     * The block of this number is free: nobody will ask for it again.
     *
     * @return the block, if it is known; readers of an earlier generation may still use it
     */
    synchronized Block forget(long number) {
        Block old = slot(number);
        if (old != null) {
            old.dirty = false;
            removeFromRing(old);
            setSlot(number, null);
        }
        return old;
    }

    /** This block is no longer what its number stands for, if it was. */
    synchronized void forget(Block block) {
        if (slot(block.number) == block) {
            forget(block.number);
        }
    }

    /**
     * The content of a block, read from the device if it is not in memory.
     *
     * @param seen the generation that the reader found the block in, or {@link #ANY_GENERATION} if it cannot have been overwritten
     * @return null if that generation is over and the block was not in memory
     */
    byte[] load(Block block, BlockCheck check, long seen) throws MetadataException {
        byte[] bytes = block.bytes();
        if (bytes == null) {
            bytes = fetch(block, check, seen);
        }
        if (bytes != null && block.check != check) {
            throw block.type.corrupt(io.name(), block.number, "is part of two structures of different kinds");
        }
        return bytes;
    }

    /**
     * Reads blocks that cannot be overwritten meanwhile, neighbours together. One that is wrong or cannot be read is left out: whoever needs
     * it will find out. No more are read than have room.
     */
    void prefetch(long[] numbers, BlockType type, BlockCheck check) throws MetadataException {
        long[] missing = new long[numbers.length];
        int count = 0;
        for (long number : numbers) {
            if (count < capacity / 2 && block(number, type).bytes() == null) {
                missing[count++] = number;
            }
        }
        Arrays.sort(missing, 0, count);
        for (int from = 0; from < count; ) {
            int to = from + 1;
            while (to < count && to - from < BlockIo.MAX_PIECE_BLOCKS && missing[to] == missing[to - 1] + 1) {
                to++;
            }
            byte[][] piece = io.readPiece(missing[from], to - from);
            for (int i = 0; i < piece.length; i++) {
                if (type.isRight(piece[i], missing[from + i]) && check.fault(piece[i]) == null) {
                    adopt(block(missing[from + i], type), check, piece[i]);
                }
            }
            from = to;
        }
    }

    private byte[] fetch(Block block, BlockCheck check, long seen) throws MetadataException {
        byte[] read;
        try {
            read = io.read(block.number, block.type, check);
        } catch (MetadataException e) {
            if (seen != ANY_GENERATION && seen != generation()) {
                return null;
            }
            throw e;
        }
        synchronized (this) {
            if (seen != ANY_GENERATION && seen != generation) {
                return null;
            }
            return adopt(block, check, read);
        }
    }

    /** Makes what was read the block's content, unless it has one. */
    private synchronized byte[] adopt(Block block, BlockCheck check, byte[] read) {
        byte[] bytes = block.bytes();
        if (bytes != null) {
            return bytes;
        }
        boolean internal = block.type == BlockType.NODE && !NodeLayout.isLeaf(read);
        if (internal && block.children == null) {
            block.children = new Block[NodeLayout.INTERNAL.maxEntries];
        }
        block.check = check;
        block.used = true;
        block.publish(read);
        addToRing(block);
        return read;
    }

    /** The writer is going to change a block of its own transaction again: its content may not be dropped. */
    synchronized void makeDirty(Block block, byte[] bytes) {
        removeFromRing(block);
        block.publish(bytes); // it may have been dropped just now
        block.dirty = true;
    }

    /** A block was written: its content may be dropped from now on. */
    synchronized void makeClean(Block block) {
        block.dirty = false;
        addToRing(block);
    }

    /** How many blocks keep their content and may lose it. */
    synchronized int droppable() {
        return ringSize;
    }

    private void addToRing(Block block) {
        if (block.isInternal() || block.ringIndex >= 0) {
            return;
        }
        if (ringSize >= capacity) {
            dropOne();
        }
        if (ringSize == ring.length) {
            ring = Arrays.copyOf(ring, ringSize * 2);
        }
        ring[ringSize] = block;
        block.ringIndex = ringSize++;
    }

    private void dropOne() {
        while (true) {
            if (hand >= ringSize) {
                hand = 0;
            }
            Block candidate = ring[hand];
            if (!candidate.used) {
                removeFromRing(candidate);
                candidate.publish(null);
                return;
            }
            candidate.used = false;
            hand++;
        }
    }

    private void removeFromRing(Block block) {
        int index = block.ringIndex;
        if (index >= 0) {
            Block last = ring[--ringSize];
            ring[ringSize] = null;
            ring[index] = last;
            last.ringIndex = index;
            block.ringIndex = -1;
        }
    }

    private Block slot(long number) {
        Block[] slab = slabs[(int) (number >>> SLAB_SHIFT)];
        return slab == null ? null : slab[(int) number & SLAB_MASK];
    }

    private void setSlot(long number, Block block) {
        int index = (int) (number >>> SLAB_SHIFT);
        if (slabs[index] == null) {
            slabs[index] = new Block[SLAB_MASK + 1];
        }
        slabs[index][(int) number & SLAB_MASK] = block;
    }
}
