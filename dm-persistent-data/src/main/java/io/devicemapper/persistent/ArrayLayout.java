package io.devicemapper.persistent;

import static io.devicemapper.persistent.BlockType.BLOCK_BYTES;

/**
 * A block of an array.
 *
 * <pre>
 *    0  u32  checksum
 *    4  u32  most elements: (4096 - 24) / element bytes
 *    8  u32  elements
 *   12  u32  element bytes
 *   16  u64  own block number
 *   24       elements
 * </pre>
 */
final class ArrayLayout implements BlockCheck {
    private static final int MAX_ELEMENTS = 4;
    private static final int ELEMENTS = 8;
    private static final int ELEMENT_BYTES = 12;
    private static final int FIRST = 24;

    private static final ArrayLayout OF_INTS = new ArrayLayout(Integer.BYTES);
    private static final ArrayLayout OF_LONGS = new ArrayLayout(Long.BYTES);

    final int elementBytes;
    final int maxElements;

    private ArrayLayout(int elementBytes) {
        this.elementBytes = elementBytes;
        this.maxElements = (BLOCK_BYTES - FIRST) / elementBytes;
    }

    /** The one layout of elements of 4 or 8 bytes. */
    static ArrayLayout of(int elementBytes) {
        return switch (elementBytes) {
            case Integer.BYTES -> OF_INTS;
            case Long.BYTES -> OF_LONGS;
            default ->
                throw new IllegalArgumentException("elements of " + elementBytes + " bytes: 4 or 8 can be stored");
        };
    }

    byte[] newBlock(int elements, long fill) {
        byte[] block = new byte[BLOCK_BYTES];
        LittleEndian.putInt(block, MAX_ELEMENTS, maxElements);
        LittleEndian.putInt(block, ELEMENT_BYTES, elementBytes);
        setElements(block, elements);
        for (int i = 0; i < elements; i++) {
            put(block, i, fill);
        }
        return block;
    }

    static int elements(byte[] block) {
        return LittleEndian.getInt(block, ELEMENTS);
    }

    static void setElements(byte[] block, int elements) {
        LittleEndian.putInt(block, ELEMENTS, elements);
    }

    long get(byte[] block, int index) {
        int offset = FIRST + index * elementBytes;
        return elementBytes == Long.BYTES
                ? LittleEndian.getLong(block, offset)
                : Integer.toUnsignedLong(LittleEndian.getInt(block, offset));
    }

    void put(byte[] block, int index, long value) {
        int offset = FIRST + index * elementBytes;
        if (elementBytes == Long.BYTES) {
            LittleEndian.putLong(block, offset, value);
        } else {
            LittleEndian.putInt(block, offset, (int) value);
        }
    }

    @Override
    public String fault(byte[] block) {
        int foundBytes = LittleEndian.getInt(block, ELEMENT_BYTES);
        if (foundBytes != elementBytes) {
            return "elements of " + Integer.toUnsignedString(foundBytes) + " bytes, expected " + elementBytes;
        }
        int foundMax = LittleEndian.getInt(block, MAX_ELEMENTS);
        if (foundMax != maxElements) {
            return "room for " + Integer.toUnsignedString(foundMax) + " elements, expected " + maxElements;
        }
        int elements = elements(block);
        if (elements < 0 || elements > maxElements) {
            return Integer.toUnsignedString(elements) + " elements in room for " + maxElements;
        }
        return null;
    }
}
