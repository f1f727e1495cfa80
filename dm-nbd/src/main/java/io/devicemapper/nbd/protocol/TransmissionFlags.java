package io.devicemapper.nbd.protocol;

/** What an export can do: 16 bits, sent with its size. */
public final class TransmissionFlags {
    /** Always set. */
    public static final int HAS_FLAGS = 1;

    /** Commands that modify are answered with EPERM. */
    public static final int READ_ONLY = 1 << 1;

    /** FLUSH is understood. */
    public static final int SEND_FLUSH = 1 << 2;

    /** FUA is understood on every command. */
    public static final int SEND_FUA = 1 << 3;

    /** Seeks cost time. */
    public static final int ROTATIONAL = 1 << 4;

    /** TRIM is understood. */
    public static final int SEND_TRIM = 1 << 5;

    /** WRITE_ZEROES is understood, NO_HOLE included. */
    public static final int SEND_WRITE_ZEROES = 1 << 6;

    /** DF is understood; only after structured replies were negotiated. */
    public static final int SEND_DF = 1 << 7;

    /** A flush, or FUA, on one connection covers the writes that ended on all connections. */
    public static final int CAN_MULTI_CONN = 1 << 8;

    /** CACHE is understood. */
    public static final int SEND_CACHE = 1 << 10;

    /** FAST_ZERO is understood on WRITE_ZEROES. */
    public static final int SEND_FAST_ZERO = 1 << 11;

    private TransmissionFlags() {}
}
