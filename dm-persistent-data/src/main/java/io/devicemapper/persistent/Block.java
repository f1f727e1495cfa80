package io.devicemapper.persistent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A metadata block as it is known in memory. It stays the same object while its content comes and goes, so that parents can refer to it
 * directly and no look-up by number is needed on the way down a tree.
 *
 * <p>Readers without a lock call {@link #bytes} first: what they see then is complete, children included. A block that a reader can reach
 * is never changed, but its content may be dropped at any time: whoever uses it keeps the array that he got.
 */
final class Block {
    private static final VarHandle BYTES;

    static {
        try {
            BYTES = MethodHandles.lookup().findVarHandle(Block.class, "bytes", byte[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final long number;
    final BlockType type;

    /** The content, or null if it is not in memory; never null while the block is dirty. */
    @SuppressWarnings("unused") // written through BYTES
    private byte[] bytes;

    /** For an internal node in memory, the children that were visited so far, else null. Filled in by readers too: each would store the same. */
    Block[] children;

    /** What the content was found right by, or was made for. Guarded by the cache. */
    BlockCheck check;

    /** The epoch in which the writer may change this block in place. */
    long writableIn;

    /** The transaction that made it, or 0. */
    long bornIn;

    /** Where {@link BlockCache} keeps it among the blocks that it may drop, or -1. Guarded by the cache. */
    int ringIndex = -1;

    /** Whether it has to be written before the next commit. The writer's. */
    boolean dirty;

    /** Whether it was handed to the {@link EarlyWriter}, and may not be changed in place for that reason. The writer's. */
    boolean early;

    /** Whether somebody goes on filling it without asking: it is not to be written before the commit. The writer's. */
    boolean filling;

    /** Set by readers, cleared by the cache on its round. */
    boolean used;

    Block(long number, BlockType type) {
        this.number = number;
        this.type = type;
    }

    byte[] bytes() {
        return (byte[]) BYTES.getAcquire(this);
    }

    /** Makes a content visible to all, with the children that were stored before. */
    void publish(byte[] content) {
        BYTES.setRelease(this, content);
    }

    boolean isInternal() {
        return children != null;
    }
}
