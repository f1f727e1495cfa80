package io.devicemapper.nbd.protocol;

/** The types of the chunks of a structured reply. Errors have bit 15 set. */
public final class ChunkType {
    /** The chunk flag that marks the last chunk of a reply. */
    public static final int FLAG_DONE = 1;

    /** No payload; always the last chunk. */
    public static final int NONE = 0;

    /** u64 offset, data. */
    public static final int OFFSET_DATA = 1;

    /** u64 offset, u32 length of a range that reads as zeroes. */
    public static final int OFFSET_HOLE = 2;

    /** u32 context id, then u32 length and u32 {@link AllocationFlags} for each extent. */
    public static final int BLOCK_STATUS = 5;

    /** Set in every error. */
    public static final int ERROR_BIT = 1 << 15;

    /** u32 error, u16 length of a text, the text. */
    public static final int ERROR = ERROR_BIT | 1;

    /** As {@link #ERROR}, then the u64 offset at which it happened. */
    public static final int ERROR_OFFSET = ERROR_BIT | 2;

    private ChunkType() {}

    /** Whether a chunk type is an error. */
    public static boolean isError(int type) {
        return (type & ERROR_BIT) != 0;
    }
}
