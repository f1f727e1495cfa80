package io.devicemapper.persistent;

/** Where the blocks of trees and arrays live: on a device, in transactions, or in memory alone. Changes come from one thread at a time. */
abstract class NodeStore {
    /** Blocks whose {@link Block#writableIn} is this may be changed in place; all others need {@link #shadow}. */
    long epoch = 1;

    /** What a block's content refers to. */
    interface Contents {
        /** The block's content stands twice from now on: each block that it refers to has one more reference. */
        void retain(byte[] bytes) throws MetadataException;
    }

    /** A new block that may be changed in place. It takes the arrays as they are. */
    abstract Block create(BlockType type, BlockCheck check, byte[] bytes, Block[] children) throws MetadataException;

    /**
     * A block with the same content that may be changed in place: itself, or a copy that takes over one reference. The caller puts it
     * in the old one's place.
     */
    abstract Block shadow(Block block, BlockCheck check, Contents contents) throws MetadataException;

    /** One more reference to a block. */
    abstract void increment(long number) throws MetadataException;

    /** One reference less to a block, which is free when none is left. */
    abstract void decrement(long number) throws MetadataException;

    /** How many references a block has. */
    abstract long count(long number) throws MetadataException;

    /** See {@link BlockCache#load}. */
    abstract byte[] load(Block block, BlockCheck check, long generation) throws MetadataException;

    /** Brings blocks into memory in few requests, as far as that is possible; what cannot be read is left out. */
    abstract void prefetch(long[] numbers, BlockType type, BlockCheck check) throws MetadataException;

    /** See {@link BlockCache#block}. */
    abstract Block block(long number, BlockType type) throws MetadataException;

    /** Called before each change: refuses it if the store takes none. */
    abstract void beginChange() throws MetadataException;

    /** A change broke off half way: there is no going on but by an abort. */
    abstract void changeFailed();

    /** A structure whose root takes part in commits and aborts from now on. */
    abstract void register(Tree tree);

    abstract MetadataException corrupt(Block block, String what);
}
