package io.devicemapper.persistent;

import io.devicemapper.block.BlockDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks a whole metadata device that nobody changes meanwhile: of every block that the superblock leads to, checksum, location and header;
 * the order of all keys, and that they lie in what their parents say; that arrays have no gaps; and that each reference count is the
 * number of references. Reads each such block once, keeps none.
 */
public final class MetadataCheck implements StructureVisitor {
    private final BlockIo io;
    private final long blocks;
    private final List<String> problems = new ArrayList<>();
    private final List<String> leaks = new ArrayList<>();

    /** References to each block. */
    private final int[] references;

    /** What each block was found to be. */
    private final BlockCheck[] kinds;

    private MetadataCheck(BlockIo io, long blocks) {
        this.io = io;
        this.blocks = blocks;
        this.references = new int[Math.toIntExact(blocks)];
        this.kinds = new BlockCheck[references.length];
    }

    /** Checks what is on a device. Damage is reported; only where nothing can be told at all there is an exception. */
    public static CheckReport check(BlockDevice device, SuperblockFormat format) throws MetadataException {
        BlockIo io = new BlockIo(device);
        return check(io, format, new Superblocks(io, format).readFirst());
    }

    /** Checks what a superblock leads to, which is not the device's block 0: its spare copy, for example. */
    public static CheckReport check(BlockDevice device, SuperblockFormat format, byte[] superblock)
            throws MetadataException {
        return check(new BlockIo(device), format, superblock);
    }

    static CheckReport check(BlockIo io, SuperblockFormat format, byte[] superblock) throws MetadataException {
        SpaceMapRoot root = SpaceMapRoot.read(superblock, format.spaceMapRootOffset());
        if (root.blocks() < 1 || root.blocks() > MetadataSpaceMap.MAX_BLOCKS || root.blocks() > io.deviceBlocks()) {
            return new CheckReport(
                    List.of("space map: it is of " + Long.toUnsignedString(root.blocks()) + " blocks, the device has "
                            + io.deviceBlocks()),
                    List.of(),
                    root.blocks(),
                    0);
        }
        MetadataCheck check = new MetadataCheck(io, root.blocks());
        check.references[0] = 1;
        format.structures(superblock, check);
        check.spaceMap(root);
        long used = Arrays.stream(check.references).filter(count -> count > 0).count();
        return new CheckReport(check.problems, check.leaks, root.blocks(), used);
    }

    @Override
    public void tree(String name, long root, int valueBytes) {
        new Walk(name, NodeLayout.of(valueBytes)).start(root);
    }

    @Override
    public void array(String name, long root, int elementBytes, long elements) {
        ArrayWalk walk = new ArrayWalk(name, ArrayLayout.of(elementBytes));
        walk.start(root);
        if (elements >= 0 && walk.elements != elements && !walk.isDamaged() && !walk.isShared()) {
            problem(name + ": " + walk.elements + " elements, expected " + elements);
        }
    }

    @Override
    public void dataSpaceMap(String name, byte[] superblock, int offset) {
        SpaceMapRoot root = SpaceMapRoot.read(superblock, offset);
        new DataBitmapWalk(name, root.blocks()).start(root.bitmapRoot());
        new Walk(name + " reference counts", BigCounts.layout()).start(root.refCountRoot());
    }

    private void problem(String text) {
        if (problems.size() < CheckReport.MAX_PROBLEMS) {
            problems.add(text);
        }
    }

    /**
     * Counts a reference.
     *
     * @return whether it is the first, so that what the block refers to has to be counted as well
     */
    private boolean refer(String name, long number, BlockCheck kind) {
        if (number <= 0 || number >= blocks) {
            problem(name + ": a reference to block " + Long.toUnsignedString(number) + ", where there are blocks 1 to "
                    + (blocks - 1));
            return false;
        }
        int index = (int) number;
        if (references[index]++ == 0) {
            kinds[index] = kind;
            return true;
        }
        if (kinds[index] != kind) {
            problem(name + ": block " + number + " is part of another structure as well");
        }
        return false;
    }

    private void spaceMap(SpaceMapRoot root) {
        boolean whole = problems.isEmpty();
        int[] counts = new int[references.length];
        try {
            refer("space map index", root.bitmapRoot(), CountMap.ANY_CONTENT);
            if (root.bitmapRoot() <= 0 || root.bitmapRoot() >= blocks) {
                return;
            }
            byte[] index = io.read(root.bitmapRoot(), BlockType.INDEX, CountMap.ANY_CONTENT);
            for (int i = 0; i < CountMap.pagesOf(blocks); i++) {
                long location = LittleEndian.getLong(index, 16 + i * 16);
                if (refer("space map bitmap " + i, location, CountMap.ANY_CONTENT)) {
                    readCounts(i, io.read(location, BlockType.BITMAP, CountMap.ANY_CONTENT), counts);
                } else {
                    whole = false;
                }
            }
        } catch (MetadataException e) {
            problem("space map: " + e.getMessage());
            return;
        }
        BigCountWalk bigCounts = new BigCountWalk(counts);
        bigCounts.start(root.refCountRoot());
        compare(counts, whole && !bigCounts.isDamaged());
        long allocated = Arrays.stream(counts).filter(count -> count > 0).count();
        if (allocated != root.allocated()) {
            problem("space map: " + root.allocated() + " blocks should have references, " + allocated + " have");
        }
    }

    private static void readCounts(int page, byte[] bitmap, int[] counts) {
        int first = page * CountMap.COUNTS_PER_BITMAP;
        int last = Math.min(counts.length, first + CountMap.COUNTS_PER_BITMAP);
        for (int block = first; block < last; block++) {
            counts[block] = CountMap.bits(bitmap, block - first);
        }
    }

    private void compare(int[] counts, boolean whole) {
        for (int block = 0; block < counts.length; block++) {
            String text = "block " + block + ": reference count " + counts[block] + ", references " + references[block];
            if (counts[block] < references[block]) {
                problem(text);
            } else if (counts[block] > references[block] && whole && leaks.size() < CheckReport.MAX_PROBLEMS) {
                leaks.add(text);
            }
        }
    }

    /** A walk through all nodes of a tree. */
    private class Walk {
        final String name;
        private final NodeLayout layout;
        private boolean damaged;

        /** Whether some of it was walked through before, as part of a snapshot. */
        private boolean shared;

        Walk(String name, NodeLayout layout) {
            this.name = name;
            this.layout = layout;
        }

        boolean isDamaged() {
            return damaged;
        }

        boolean isShared() {
            return shared;
        }

        void start(long root) {
            node(root, 0, -1, 0);
        }

        void damage(String what, long low, long high) {
            damaged = true;
            problem(name + ": " + what + "; lost are keys " + Long.toUnsignedString(low) + " to "
                    + Long.toUnsignedString(high));
        }

        /** The entries of a leaf, in ascending order over all calls. */
        void leaf(byte[] node, NodeLayout leafLayout) {
            // A tree without further references has nothing more to look at.
        }

        private void node(long number, long low, long high, int depth) {
            int before = problems.size();
            boolean first = refer(name, number, layout);
            if (problems.size() > before) {
                damage("block " + Long.toUnsignedString(number) + " cannot be a node of it", low, high);
                return;
            }
            if (!first) {
                shared = true;
                return;
            }
            byte[] node;
            try {
                node = io.read(number, BlockType.NODE, layout);
            } catch (MetadataException e) {
                damage(e.getMessage(), low, high);
                return;
            }
            int entries = NodeLayout.entries(node);
            if (entries == 0) {
                if (depth > 0) {
                    damage("block " + number + " has no entries, and is not the root", low, high);
                }
                return;
            }
            long firstKey = NodeLayout.key(node, 0);
            long lastKey = NodeLayout.key(node, entries - 1);
            if (Long.compareUnsigned(firstKey, low) < 0 || Long.compareUnsigned(lastKey, high) > 0) {
                damage(
                        "block " + number + " has keys " + Long.toUnsignedString(firstKey) + " to "
                                + Long.toUnsignedString(lastKey) + ", which are not its parent's",
                        low,
                        high);
            } else if (NodeLayout.isLeaf(node)) {
                leaf(node, layout);
            } else if (depth == Tree.MAX_DEPTH) {
                damage("block " + number + " is too deep in the tree", low, high);
            } else {
                for (int i = 0; i < entries; i++) {
                    long childHigh = i + 1 < entries ? NodeLayout.key(node, i + 1) - 1 : high;
                    node(NodeLayout.childNumber(node, i), NodeLayout.key(node, i), childHigh, depth + 1);
                }
            }
        }
    }

    /** A walk through an array: the tree of its blocks, and the blocks. */
    private final class ArrayWalk extends Walk {
        private final ArrayLayout layout;
        private long elements;

        ArrayWalk(String name, ArrayLayout layout) {
            super(name, LongBTree.LAYOUT);
            this.layout = layout;
        }

        @Override
        void leaf(byte[] node, NodeLayout leafLayout) {
            for (int i = 0; i < NodeLayout.entries(node); i++) {
                block(NodeLayout.key(node, i), LittleEndian.getLong(node, leafLayout.valueOffset(i)));
            }
        }

        private void block(long key, long number) {
            if (!refer(name, number, layout)) {
                return;
            }
            if (key * layout.maxElements != elements && !isShared()) {
                damage("block " + key + " follows on element " + elements, key, key);
                elements = key * layout.maxElements;
            }
            try {
                elements += ArrayLayout.elements(io.read(number, BlockType.ARRAY, layout));
            } catch (MetadataException e) {
                damage(e.getMessage(), key, key);
                elements += layout.maxElements;
            }
        }
    }

    /** A walk through the index of a data space map. */
    private final class DataBitmapWalk extends Walk {
        private final long dataBlocks;

        DataBitmapWalk(String name, long dataBlocks) {
            super(name, DataSpaceMap.INDEX_LAYOUT);
            this.dataBlocks = dataBlocks;
        }

        @Override
        void leaf(byte[] node, NodeLayout leafLayout) {
            for (int i = 0; i < NodeLayout.entries(node); i++) {
                long page = NodeLayout.key(node, i);
                long number = LittleEndian.getLong(node, leafLayout.valueOffset(i));
                if (Long.compareUnsigned(page, (dataBlocks - 1) / CountMap.COUNTS_PER_BITMAP) > 0) {
                    problem(name + ": bitmap " + Long.toUnsignedString(page) + " of " + dataBlocks + " blocks");
                }
                if (refer(name, number, CountMap.ANY_CONTENT)) {
                    try {
                        io.read(number, BlockType.BITMAP, CountMap.ANY_CONTENT);
                    } catch (MetadataException e) {
                        damage(e.getMessage(), page, page);
                    }
                }
            }
        }
    }

    /** A walk through the counts of 3 and more. */
    private final class BigCountWalk extends Walk {
        private final int[] counts;

        BigCountWalk(int[] counts) {
            super("reference counts", BigCounts.layout());
            this.counts = counts;
        }

        @Override
        void leaf(byte[] node, NodeLayout leafLayout) {
            for (int i = 0; i < NodeLayout.entries(node); i++) {
                long block = NodeLayout.key(node, i);
                int count = LittleEndian.getInt(node, leafLayout.valueOffset(i));
                if (Long.compareUnsigned(block, blocks) >= 0 || counts[(int) block] != CountMap.BIG) {
                    problem(name + ": a count of block " + Long.toUnsignedString(block)
                            + ", whose bits in the bitmap are not 3");
                } else {
                    counts[(int) block] = count;
                }
            }
        }
    }
}
