package io.devicemapper.nbd.protocol;

/** How an option is answered. Errors have the highest bit set, and carry a text for people. */
public final class OptionReply {
    /** The option is done. */
    public static final int ACK = 1;

    /** One export of LIST: u32 length of its name, name, description. */
    public static final int SERVER = 2;

    /** One piece of {@link InfoType} of INFO or GO. */
    public static final int INFO = 3;

    /** One metadata context: u32 id, name. */
    public static final int META_CONTEXT = 4;

    /** Set in every error. */
    public static final int ERROR_BIT = 1 << 31;

    /** The option is not known or not supported. */
    public static final int ERR_UNSUP = ERROR_BIT | 1;

    /** Forbidden by the server's configuration. */
    public static final int ERR_POLICY = ERROR_BIT | 2;

    /** The option is malformed, or makes no sense now. */
    public static final int ERR_INVALID = ERROR_BIT | 3;

    /** Not supported on the server's platform. */
    public static final int ERR_PLATFORM = ERROR_BIT | 4;

    /** The server wants TLS first. */
    public static final int ERR_TLS_REQD = ERROR_BIT | 5;

    /** There is no such export. */
    public static final int ERR_UNKNOWN = ERROR_BIT | 6;

    /** The server is about to stop. */
    public static final int ERR_SHUTDOWN = ERROR_BIT | 7;

    /** The server wants the client to ask for block sizes. */
    public static final int ERR_BLOCK_SIZE_REQD = ERROR_BIT | 8;

    /** The option's data is too long. */
    public static final int ERR_TOO_BIG = ERROR_BIT | 9;

    private OptionReply() {}

    /** Whether a reply type is an error. */
    public static boolean isError(int type) {
        return (type & ERROR_BIT) != 0;
    }

    /** The reply's name in the protocol document; its number where it has none. */
    public static String name(int type) {
        return switch (type) {
            case ACK -> "ACK";
            case SERVER -> "SERVER";
            case INFO -> "INFO";
            case META_CONTEXT -> "META_CONTEXT";
            case ERR_UNSUP -> "ERR_UNSUP";
            case ERR_POLICY -> "ERR_POLICY";
            case ERR_INVALID -> "ERR_INVALID";
            case ERR_PLATFORM -> "ERR_PLATFORM";
            case ERR_TLS_REQD -> "ERR_TLS_REQD";
            case ERR_UNKNOWN -> "ERR_UNKNOWN";
            case ERR_SHUTDOWN -> "ERR_SHUTDOWN";
            case ERR_BLOCK_SIZE_REQD -> "ERR_BLOCK_SIZE_REQD";
            case ERR_TOO_BIG -> "ERR_TOO_BIG";
            default -> "reply 0x" + Integer.toHexString(type);
        };
    }
}
