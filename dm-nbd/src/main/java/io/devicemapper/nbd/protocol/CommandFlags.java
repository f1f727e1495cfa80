package io.devicemapper.nbd.protocol;

/** The modifiers of a request: 16 bits. */
public final class CommandFlags {
    /** The effect is durable before the reply. */
    public static final int FUA = 1;

    /** WRITE_ZEROES: keep the range allocated. */
    public static final int NO_HOLE = 1 << 1;

    /** READ: answer in one piece. */
    public static final int DF = 1 << 2;

    /** BLOCK_STATUS: one extent is enough. */
    public static final int REQ_ONE = 1 << 3;

    /** WRITE_ZEROES: only if that is faster than writing zeroes, else ENOTSUP. */
    public static final int FAST_ZERO = 1 << 4;

    private CommandFlags() {}
}
