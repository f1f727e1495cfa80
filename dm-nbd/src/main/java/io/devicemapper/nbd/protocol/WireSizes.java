package io.devicemapper.nbd.protocol;

/** Lengths of messages, and the protocol's limits, in bytes. */
public final class WireSizes {
    /** u64 NBDMAGIC, u64 IHAVEOPT, u16 flags. */
    public static final int GREETING = 18;

    /** u64 magic, u32 option, u32 length. */
    public static final int OPTION_HEADER = 16;

    /** u64 magic, u32 option, u32 type, u32 length. */
    public static final int OPTION_REPLY_HEADER = 20;

    /** The answer to EXPORT_NAME: u64 size, u16 flags. */
    public static final int EXPORT_NAME_ANSWER = 10;

    /** Zeroes after the answer to EXPORT_NAME, unless NO_ZEROES was agreed on. */
    public static final int EXPORT_NAME_ZEROES = 124;

    /** u32 magic, u16 flags, u16 type, u64 cookie, u64 offset, u32 length. */
    public static final int REQUEST = 28;

    /** u32 magic, u32 error, u64 cookie. */
    public static final int SIMPLE_REPLY = 16;

    /** u32 magic, u16 flags, u16 type, u64 cookie, u32 length. */
    public static final int CHUNK_HEADER = 20;

    /** A string on the wire: UTF-8 without NUL. */
    public static final int MAX_STRING = 4096;

    /** The payload that every peer must be able to take, and the largest one that ours do: 32 MiB. */
    public static final int MAX_PAYLOAD = 32 << 20;

    /** The block size that a client prefers where it knows nothing better. */
    public static final int PREFERRED_BLOCK = 4096;

    /** The largest minimum block size. */
    public static final int MAX_MINIMUM_BLOCK = 65536;

    private WireSizes() {}
}
