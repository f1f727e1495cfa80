package io.devicemapper.persistent;

/** A superblock with a root of each kind. */
final class TestFormat implements SuperblockFormat {
    static final TestFormat INSTANCE = new TestFormat();

    /** u64: root of a tree of u64 values. */
    static final int TREE = 192;

    /** u64: root of an array of u64. */
    static final int LONGS = 200;

    /** u64: elements in it. */
    static final int LONGS_SIZE = 208;

    /** u64: root of an array of u32. */
    static final int INTS = 216;

    /** u64: root of another tree of u64 values, perhaps a snapshot. */
    static final int OTHER_TREE = 224;

    /** u64: root of a tree of values of 24 bytes. */
    static final int WIDE_TREE = 232;

    private TestFormat() {}

    @Override
    public String name() {
        return "test";
    }

    @Override
    public int checksumSalt() {
        return 271828;
    }

    @Override
    public long magic() {
        return 0x7465_7374;
    }

    @Override
    public int minVersion() {
        return 1;
    }

    @Override
    public int maxVersion() {
        return 1;
    }

    @Override
    public int needsCheckFlag() {
        return 2;
    }

    @Override
    public int spaceMapRootOffset() {
        return 64;
    }

    @Override
    public void structures(byte[] superblock, StructureVisitor visitor) throws MetadataException {
        if (root(superblock, TREE) != 0) {
            visitor.tree("tree", root(superblock, TREE), Long.BYTES);
        }
        if (root(superblock, LONGS) != 0) {
            visitor.array("longs", root(superblock, LONGS), Long.BYTES, root(superblock, LONGS_SIZE));
        }
        if (root(superblock, INTS) != 0) {
            visitor.array("ints", root(superblock, INTS), Integer.BYTES, -1);
        }
        if (root(superblock, OTHER_TREE) != 0) {
            visitor.tree("other tree", root(superblock, OTHER_TREE), Long.BYTES);
        }
        if (root(superblock, WIDE_TREE) != 0) {
            visitor.tree("wide tree", root(superblock, WIDE_TREE), 24);
        }
    }

    static long root(byte[] superblock, int offset) {
        return LittleEndian.getLong(superblock, offset);
    }
}
