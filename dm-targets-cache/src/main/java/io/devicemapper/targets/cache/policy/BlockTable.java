package io.devicemapper.targets.cache.policy;

/**
 * Gives each block that a policy remembers a small number, its entry, which indexes the policy's own arrays. Fixed size, no objects:
 * 14 to 20 bytes an entry.
 *
 * <p>Open addressing with linear probing; removal moves later entries back, so no tombstones pile up. Not safe for use by several
 * threads.
 */
final class BlockTable {
    /** In the place of an entry where there is none. */
    static final int NONE = -1;

    /** By entry: its block; or, while it is unused, the next unused entry. */
    private final long[] blocks;

    /** Entries, with 1 added, at their hash or behind it; 0 is empty. At least a third of them is. */
    private final int[] slots;

    private final int shift;
    private int unused;
    private int size;

    /**
     * An empty table.
     *
     * @param capacity how many entries there can be, at least 1
     */
    BlockTable(int capacity) {
        blocks = new long[capacity];
        for (int entry = 0; entry < capacity; entry++) {
            blocks[entry] = entry + 1L;
        }
        blocks[capacity - 1] = NONE;
        long wanted = Math.max(4, capacity + capacity / 2L);
        int slotCount = Math.toIntExact(Long.highestOneBit(wanted - 1) << 1);
        slots = new int[slotCount];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(slotCount);
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return unused == NONE;
    }

    long block(int entry) {
        return blocks[entry];
    }

    /** The block's entry, or {@link #NONE}. */
    int find(long block) {
        for (int slot = home(block); slots[slot] != 0; slot = next(slot)) {
            int entry = slots[slot] - 1;
            if (blocks[entry] == block) {
                return entry;
            }
        }
        return NONE;
    }

    /**
     * Makes an entry for a block that has none.
     *
     * @throws IllegalStateException if the table is full
     */
    int add(long block) {
        int entry = unused;
        if (entry == NONE) {
            throw new IllegalStateException("no room for block " + block + " among " + size + " entries");
        }
        unused = (int) blocks[entry];
        blocks[entry] = block;
        int slot = home(block);
        while (slots[slot] != 0) {
            slot = next(slot);
        }
        slots[slot] = entry + 1;
        size++;
        return entry;
    }

    /** Forgets an entry. */
    void remove(int entry) {
        int hole = home(blocks[entry]);
        while (slots[hole] != entry + 1) {
            hole = next(hole);
        }
        for (int slot = next(hole); slots[slot] != 0; slot = next(slot)) {
            int home = home(blocks[slots[slot] - 1]);
            boolean reachesBackToHole = ((slot - home) & (slots.length - 1)) >= ((slot - hole) & (slots.length - 1));
            if (reachesBackToHole) {
                slots[hole] = slots[slot];
                hole = slot;
            }
        }
        slots[hole] = 0;
        blocks[entry] = unused;
        unused = entry;
        size--;
    }

    private int home(long block) {
        return (int) (BlockHash.mix(block) >>> shift);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }
}
