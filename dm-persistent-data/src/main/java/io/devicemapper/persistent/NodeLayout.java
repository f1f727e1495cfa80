package io.devicemapper.persistent;

import static io.devicemapper.persistent.BlockType.BLOCK_BYTES;

import java.util.Arrays;

/**
 * A B-tree node: a header, the keys in ascending unsigned order, and from a fixed place on the values.
 *
 * <pre>
 *    0  u32  checksum
 *    4  u32  flags: 1 internal, 2 leaf
 *    8  u64  own block number
 *   16  u32  entries
 *   20  u32  most entries: ((4096 - 32) / (8 + value bytes)) rounded down to a multiple of 3
 *   24  u32  value bytes; 8 in internal nodes, whose values are block numbers
 *   28  u32  0
 *   32       keys, u64 each
 *   32 + 8 * most entries    values
 * </pre>
 */
final class NodeLayout implements BlockCheck {
    static final int MAX_VALUE_BYTES = 1024;

    private static final NodeLayout[] BY_VALUE_BYTES = new NodeLayout[MAX_VALUE_BYTES + 1];

    private static final int FLAGS = 4;
    private static final int ENTRIES = 16;
    private static final int MAX_ENTRIES = 20;
    private static final int VALUE_BYTES = 24;
    private static final int KEYS = 32;
    private static final int INTERNAL_NODE = 1;
    private static final int LEAF_NODE = 2;

    /** Smaller nodes are searched by bisection alone. */
    private static final int MIN_TO_GUESS = 32;

    /** How far from a guess the next look goes: the keys of one cache line. */
    private static final int GUESS_WINDOW = 8;

    static {
        for (int valueBytes = 1; valueBytes <= MAX_VALUE_BYTES; valueBytes++) {
            BY_VALUE_BYTES[valueBytes] = new NodeLayout(valueBytes);
        }
    }

    static final NodeLayout INTERNAL = of(Long.BYTES);

    final int valueBytes;
    final int maxEntries;
    private final int valuesOffset;

    private NodeLayout(int valueBytes) {
        this.valueBytes = valueBytes;
        this.maxEntries = (BLOCK_BYTES - KEYS) / (Long.BYTES + valueBytes) / 3 * 3;
        this.valuesOffset = KEYS + Long.BYTES * maxEntries;
    }

    /** The one layout of leaves with values of that size, 1 to {@link #MAX_VALUE_BYTES} bytes. */
    static NodeLayout of(int valueBytes) {
        if (valueBytes < 1 || valueBytes > MAX_VALUE_BYTES) {
            throw new IllegalArgumentException(
                    "values of " + valueBytes + " bytes: 1 to " + MAX_VALUE_BYTES + " can be stored");
        }
        return BY_VALUE_BYTES[valueBytes];
    }

    static boolean isLeaf(byte[] node) {
        return LittleEndian.getInt(node, FLAGS) == LEAF_NODE;
    }

    static int entries(byte[] node) {
        return LittleEndian.getInt(node, ENTRIES);
    }

    static void setEntries(byte[] node, int entries) {
        LittleEndian.putInt(node, ENTRIES, entries);
    }

    static long key(byte[] node, int index) {
        return LittleEndian.getLong(node, KEYS + index * Long.BYTES);
    }

    static void setKey(byte[] node, int index, long key) {
        LittleEndian.putLong(node, KEYS + index * Long.BYTES, key);
    }

    /** The index of the last entry whose key is at most {@code key}, unsigned; -1 if there is none. */
    static int floorIndex(byte[] node, long key) {
        int last = entries(node) - 1;
        if (last < MIN_TO_GUESS) {
            return bisect(node, key, 0, last);
        }
        long first = key(node, 0);
        long end = key(node, last);
        if (Long.compareUnsigned(key, first) < 0) {
            return -1;
        }
        return Long.compareUnsigned(key, end) >= 0 ? last : guess(node, last, key, first, end);
    }

    /**
     * As {@link #floorIndex(byte[], long)}, when it is known between which keys the node's are: that of its parent and the next one there. The
     * node's own first and last key then stay out of it, and with them a cache miss or two.
     *
     * @param low at most {@code key}
     * @param high above {@code key}, or -1 where nothing is known
     */
    static int floorIndex(byte[] node, long key, long low, long high) {
        int last = entries(node) - 1;
        return last < MIN_TO_GUESS ? bisect(node, key, 0, last) : guess(node, last, key, low, high);
    }

    /** Keys of one node are mostly spread evenly: looks where the key would be then, and bisects what is left. */
    private static int guess(byte[] node, int last, long key, long low, long high) {
        double share = (double) ((key - low) >>> 1) / (double) ((high - low) >>> 1);
        int guess = Math.min(last, (int) (share * last));
        if (isAtMost(node, guess, key)) {
            int above = guess + GUESS_WINDOW;
            return above <= last && !isAtMost(node, above, key)
                    ? bisect(node, key, guess + 1, above - 1)
                    : bisect(node, key, guess + 1, last);
        }
        int below = guess - GUESS_WINDOW;
        return below >= 0 && isAtMost(node, below, key)
                ? bisect(node, key, below + 1, guess - 1)
                : bisect(node, key, 0, guess - 1);
    }

    private static boolean isAtMost(byte[] node, int index, long key) {
        return Long.compareUnsigned(key(node, index), key) <= 0;
    }

    /** The last of {@code from} to {@code to} that is at most the key; {@code from - 1}, which is known to be, if none is. */
    private static int bisect(byte[] node, long key, int from, int to) {
        int low = from;
        int high = to;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (isAtMost(node, middle, key)) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The index of the first entry whose key is at least {@code key}; the number of entries if there is none. */
    static int ceilingIndex(byte[] node, long key) {
        int floor = floorIndex(node, key);
        return floor >= 0 && key(node, floor) == key ? floor : floor + 1;
    }

    /** The block that entry {@code index} of an internal node refers to. */
    static long childNumber(byte[] node, int index) {
        return LittleEndian.getLong(node, INTERNAL.valueOffset(index));
    }

    static void setChildNumber(byte[] node, int index, long number) {
        LittleEndian.putLong(node, INTERNAL.valueOffset(index), number);
    }

    int valueOffset(int index) {
        return valuesOffset + index * valueBytes;
    }

    /** Writes the header of an empty node. */
    void format(byte[] node, boolean internal) {
        LittleEndian.putInt(node, FLAGS, internal ? INTERNAL_NODE : LEAF_NODE);
        setEntries(node, 0);
        LittleEndian.putInt(node, MAX_ENTRIES, maxEntries);
        LittleEndian.putInt(node, VALUE_BYTES, valueBytes);
    }

    /** Makes room for an entry, whose key and value the caller stores. */
    void insertGap(Block node, byte[] bytes, int index) {
        int entries = entries(bytes);
        copy(bytes, index, bytes, index + 1, entries - index);
        if (node.children != null) {
            System.arraycopy(node.children, index, node.children, index + 1, entries - index);
        }
        setEntries(bytes, entries + 1);
    }

    void remove(Block node, byte[] bytes, int index) {
        int entries = entries(bytes);
        copy(bytes, index + 1, bytes, index, entries - index - 1);
        if (node.children != null) {
            System.arraycopy(node.children, index + 1, node.children, index, entries - index - 1);
            node.children[entries - 1] = null;
        }
        setEntries(bytes, entries - 1);
    }

    /** Moves the last {@code count} entries of the left node to the front of the right one. */
    void moveRight(Block left, byte[] leftBytes, Block right, byte[] rightBytes, int count) {
        int leftEntries = entries(leftBytes);
        int rightEntries = entries(rightBytes);
        copy(rightBytes, 0, rightBytes, count, rightEntries);
        copy(leftBytes, leftEntries - count, rightBytes, 0, count);
        if (left.children != null) {
            System.arraycopy(right.children, 0, right.children, count, rightEntries);
            System.arraycopy(left.children, leftEntries - count, right.children, 0, count);
            Arrays.fill(left.children, leftEntries - count, leftEntries, null);
        }
        setEntries(leftBytes, leftEntries - count);
        setEntries(rightBytes, rightEntries + count);
    }

    /** Moves the first {@code count} entries of the right node to the end of the left one. */
    void moveLeft(Block left, byte[] leftBytes, Block right, byte[] rightBytes, int count) {
        int leftEntries = entries(leftBytes);
        int rightEntries = entries(rightBytes);
        copy(rightBytes, 0, leftBytes, leftEntries, count);
        copy(rightBytes, count, rightBytes, 0, rightEntries - count);
        if (left.children != null) {
            System.arraycopy(right.children, 0, left.children, leftEntries, count);
            System.arraycopy(right.children, count, right.children, 0, rightEntries - count);
            Arrays.fill(right.children, rightEntries - count, rightEntries, null);
        }
        setEntries(leftBytes, leftEntries + count);
        setEntries(rightBytes, rightEntries - count);
    }

    private void copy(byte[] from, int fromIndex, byte[] to, int toIndex, int count) {
        System.arraycopy(from, KEYS + fromIndex * Long.BYTES, to, KEYS + toIndex * Long.BYTES, count * Long.BYTES);
        System.arraycopy(from, valueOffset(fromIndex), to, valueOffset(toIndex), count * valueBytes);
    }

    /** What is wrong with a node, internal or not, of a tree whose leaves have this layout. */
    @Override
    public String fault(byte[] node) {
        int flags = LittleEndian.getInt(node, FLAGS);
        if (flags != INTERNAL_NODE && flags != LEAF_NODE) {
            return "flags are 0x" + Integer.toHexString(flags) + ", neither internal (1) nor leaf (2)";
        }
        NodeLayout layout = flags == LEAF_NODE ? this : INTERNAL;
        int valueBytes = LittleEndian.getInt(node, VALUE_BYTES);
        if (valueBytes != layout.valueBytes) {
            return "values of " + Integer.toUnsignedString(valueBytes) + " bytes, expected " + layout.valueBytes;
        }
        int maxEntries = LittleEndian.getInt(node, MAX_ENTRIES);
        if (maxEntries != layout.maxEntries) {
            return "room for " + Integer.toUnsignedString(maxEntries) + " entries, expected " + layout.maxEntries;
        }
        int entries = entries(node);
        if (entries < 0 || entries > maxEntries) {
            return Integer.toUnsignedString(entries) + " entries in room for " + maxEntries;
        }
        if (entries == 0 && flags == INTERNAL_NODE) {
            return "an internal node without entries";
        }
        for (int i = 1; i < entries; i++) {
            if (Long.compareUnsigned(key(node, i - 1), key(node, i)) >= 0) {
                return "key " + Long.toUnsignedString(key(node, i)) + " at " + i + " is not above key "
                        + Long.toUnsignedString(key(node, i - 1)) + " before it";
            }
        }
        return null;
    }
}
