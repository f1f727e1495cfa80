package io.devicemapper.nbd.protocol;

/** The magic numbers that begin each message. */
public final class Magic {
    /** First eight bytes that a server sends: {@code NBDMAGIC}. */
    public static final long NBDMAGIC = 0x4E42444D41474943L;

    /** Next eight bytes of a newstyle server, and the begin of each option: {@code IHAVEOPT}. */
    public static final long IHAVEOPT = 0x49484156454F5054L;

    /** In the place of {@link #IHAVEOPT} where a server speaks the obsolete oldstyle negotiation. */
    public static final long OLDSTYLE = 0x00420281861253L;

    /** Begins the reply to an option. */
    public static final long OPTION_REPLY = 0x0003E889045565A9L;

    /** Begins a request. */
    public static final int REQUEST = 0x25609513;

    /** Begins a simple reply. */
    public static final int SIMPLE_REPLY = 0x67446698;

    /** Begins a chunk of a structured reply. */
    public static final int STRUCTURED_REPLY = 0x668E33EF;

    private Magic() {}
}
