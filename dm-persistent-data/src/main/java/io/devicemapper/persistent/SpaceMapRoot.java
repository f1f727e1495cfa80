package io.devicemapper.persistent;

/**
 * What a superblock says of a space map, in 128 bytes of which the last 96 are zero.
 *
 * @param blocks how many blocks it counts the references of
 * @param allocated how many of them have any
 * @param bitmapRoot metadata: the index block; data: the B-tree of the bitmaps
 * @param refCountRoot the B-tree of the counts of 3 and more
 */
record SpaceMapRoot(long blocks, long allocated, long bitmapRoot, long refCountRoot) {
    /** What its field in a superblock measures. */
    static final int FIELD_BYTES = 128;

    static SpaceMapRoot read(byte[] superblock, int offset) {
        return new SpaceMapRoot(
                LittleEndian.getLong(superblock, offset),
                LittleEndian.getLong(superblock, offset + 8),
                LittleEndian.getLong(superblock, offset + 16),
                LittleEndian.getLong(superblock, offset + 24));
    }

    void write(byte[] superblock, int offset) {
        LittleEndian.putLong(superblock, offset, blocks);
        LittleEndian.putLong(superblock, offset + 8, allocated);
        LittleEndian.putLong(superblock, offset + 16, bitmapRoot);
        LittleEndian.putLong(superblock, offset + 24, refCountRoot);
    }
}
