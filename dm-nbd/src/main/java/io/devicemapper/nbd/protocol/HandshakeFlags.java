package io.devicemapper.nbd.protocol;

/** What server (16 bits) and client (32 bits) say about themselves before the first option. The bits mean the same. */
public final class HandshakeFlags {
    /** The fixed newstyle negotiation, where each option is answered. */
    public static final int FIXED_NEWSTYLE = 1;

    /** The 124 bytes of zeroes after the answer to EXPORT_NAME are left out. */
    public static final int NO_ZEROES = 2;

    private HandshakeFlags() {}
}
