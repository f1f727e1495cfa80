package io.devicemapper.persistent;

/** Blocks of trees that are in memory alone: nothing is counted, since what nobody refers to is collected. */
final class RamNodes extends NodeStore {
    private long lastNumber;

    @Override
    Block create(BlockType type, BlockCheck check, byte[] bytes, Block[] children) {
        Block block = new Block(++lastNumber, type);
        block.writableIn = epoch;
        block.children = children;
        block.publish(bytes);
        return block;
    }

    @Override
    Block shadow(Block block, BlockCheck check, Contents contents) {
        return create(block.type, check, block.bytes().clone(), block.children == null ? null : block.children.clone());
    }

    @Override
    void increment(long number) {
        // Nothing is counted here.
    }

    @Override
    void decrement(long number) {
        // Nothing is counted here.
    }

    @Override
    long count(long number) {
        return 1;
    }

    @Override
    byte[] load(Block block, BlockCheck check, long generation) {
        return block.bytes();
    }

    @Override
    void prefetch(long[] numbers, BlockType type, BlockCheck check) {
        // All is in memory.
    }

    @Override
    Block block(long number, BlockType type) {
        throw new AssertionError("block " + number + " of a tree in memory is missing");
    }

    @Override
    void beginChange() {
        // Memory takes every change.
    }

    @Override
    void changeFailed() {
        throw new AssertionError("a change of a tree in memory broke off");
    }

    @Override
    void register(Tree tree) {
        throw new AssertionError("a tree in memory takes part in no commit");
    }

    @Override
    MetadataException corrupt(Block block, String what) {
        throw new AssertionError("a tree in memory: node " + block.number + " " + what);
    }
}
