package io.devicemapper.persistent;

import io.devicemapper.block.BlockDevice;

/**
 * Reads what can still be read of an array on a damaged device, in ascending order, and tells which elements are lost. Reads each block once and
 * keeps none; changes nothing.
 */
public final class ArraySalvage {
    /** Receives an array in pieces. */
    public interface Visitor {
        /**
         * Elements that could be read.
         *
         * @param first index of the first
         * @param values the elements, reused after the call; those of 4 bytes are not negative
         * @param count how many of {@code values} count
         * @throws MetadataException to end the reading
         */
        void found(long first, long[] values, int count) throws MetadataException;

        /**
         * Elements that are lost.
         *
         * @param first index of the first
         * @param last index of the last
         * @param reason what is wrong, device and block included
         * @throws MetadataException to end the reading
         */
        void lost(long first, long last, String reason) throws MetadataException;
    }

    private final BlockIo io;
    private final ArrayLayout layout;
    private final long elements;
    private final Visitor visitor;
    private final long[] values;

    /** The first element that was told of neither as found nor as lost. */
    private long next;

    private ArraySalvage(BlockIo io, ArrayLayout layout, long elements, Visitor visitor) {
        this.io = io;
        this.layout = layout;
        this.elements = elements;
        this.visitor = visitor;
        this.values = new long[layout.maxElements];
    }

    /**
     * Reads an array. Each of its elements is told of once.
     *
     * @param device where it is; nobody writes to it meanwhile
     * @param root its root's block
     * @param elementBytes bytes in an element: 4 or 8
     * @param elements how many there should be
     * @param visitor is told of all
     * @throws MetadataException if the visitor ends the reading; never for what is on the device
     */
    public static void read(BlockDevice device, long root, int elementBytes, long elements, Visitor visitor)
            throws MetadataException {
        ArrayLayout layout = ArrayLayout.of(elementBytes);
        ArraySalvage salvage = new ArraySalvage(new BlockIo(device), layout, elements, visitor);
        if (elements > 0) {
            salvage.node(root, 0, (elements - 1) / layout.maxElements, 0);
            salvage.missingUntil(elements, device.name() + ": the array ends before them");
        }
    }

    private void node(long number, long low, long high, int depth) throws MetadataException {
        byte[] node = read(number, BlockType.NODE, LongBTree.LAYOUT, high);
        if (node == null) {
            return;
        }
        int entries = NodeLayout.entries(node);
        boolean leaf = NodeLayout.isLeaf(node);
        if (depth == Tree.MAX_DEPTH && !leaf) {
            lostUpTo(high, where(number) + "is deeper in its tree than " + Tree.MAX_DEPTH + " levels");
            return;
        }
        if (entries > 0
                && (outside(NodeLayout.key(node, 0), low, high)
                        || outside(NodeLayout.key(node, entries - 1), low, high))) {
            // What is outside is not this array's, or is another node's: neither of the two can be trusted.
            lostUpTo(high, where(number) + "has keys that are not its parent's");
            return;
        }
        for (int i = 0; i < entries; i++) {
            long key = NodeLayout.key(node, i);
            missingUntil(key * layout.maxElements, where(number) + "does not lead to them");
            if (leaf) {
                block(key, LittleEndian.getLong(node, LongBTree.LAYOUT.valueOffset(i)));
            } else {
                long childHigh = i + 1 < entries ? NodeLayout.key(node, i + 1) - 1 : high;
                node(NodeLayout.childNumber(node, i), key, childHigh, depth + 1);
            }
        }
    }

    private static boolean outside(long key, long low, long high) {
        return Long.compareUnsigned(key, low) < 0 || Long.compareUnsigned(key, high) > 0;
    }

    private void block(long key, long number) throws MetadataException {
        byte[] block = read(number, BlockType.ARRAY, layout, key);
        if (block == null) {
            return;
        }
        long first = key * layout.maxElements;
        int count = (int) Math.min(ArrayLayout.elements(block), elements - first);
        for (int i = 0; i < count; i++) {
            values[i] = layout.get(block, i);
        }
        visitor.found(first, values, count);
        next = first + count;
    }

    /** A block, or null if it is lost, and with it all up to the end of an array block. */
    private byte[] read(long number, BlockType type, BlockCheck check, long lastKey) throws MetadataException {
        String reason;
        if (number <= 0 || number >= io.deviceBlocks()) {
            reason = where(number) + "is not on the device";
        } else {
            try {
                return io.read(number, type, check);
            } catch (MetadataException e) {
                reason = e.getMessage();
            }
        }
        lostUpTo(lastKey, reason);
        return null;
    }

    private String where(long number) {
        return io.name() + ": block " + Long.toUnsignedString(number) + " ";
    }

    private void lostUpTo(long lastKey, String reason) throws MetadataException {
        missingUntil(Math.min(elements, (lastKey + 1) * layout.maxElements), reason);
    }

    private void missingUntil(long end, String reason) throws MetadataException {
        if (next < end) {
            visitor.lost(next, end - 1, reason);
            next = end;
        }
    }
}
