package io.devicemapper.nbd.protocol;

/** The kinds of information about an export, in the answers to INFO and GO. */
public final class InfoType {
    /** u64 size in bytes, u16 {@link TransmissionFlags}. */
    public static final int EXPORT = 0;

    /** The export's canonical name. */
    public static final int NAME = 1;

    /** A description for people. */
    public static final int DESCRIPTION = 2;

    /** u32 minimum, u32 preferred block size, u32 largest payload, in bytes. */
    public static final int BLOCK_SIZE = 3;

    private InfoType() {}
}
