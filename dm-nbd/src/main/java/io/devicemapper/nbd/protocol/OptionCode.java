package io.devicemapper.nbd.protocol;

/** The options of the negotiation: what a client asks for before it moves data. */
public final class OptionCode {
    /** Picks an export and ends the negotiation; its answer cannot be an error. */
    public static final int EXPORT_NAME = 1;

    /** Ends the negotiation and the connection. */
    public static final int ABORT = 2;

    /** Lists the exports. */
    public static final int LIST = 3;

    /** Withdrawn from the protocol. */
    public static final int PEEK_EXPORT = 4;

    /** Asks for TLS. */
    public static final int STARTTLS = 5;

    /** Asks about an export. */
    public static final int INFO = 6;

    /** Picks an export and ends the negotiation. */
    public static final int GO = 7;

    /** Asks for structured replies. */
    public static final int STRUCTURED_REPLY = 8;

    /** Asks which metadata contexts there are. */
    public static final int LIST_META_CONTEXT = 9;

    /** Selects metadata contexts. */
    public static final int SET_META_CONTEXT = 10;

    /** Asks for the experimental 64-bit headers. */
    public static final int EXTENDED_HEADERS = 11;

    private OptionCode() {}

    /** The option's name in the protocol document; its number where it has none. */
    public static String name(int option) {
        return switch (option) {
            case EXPORT_NAME -> "EXPORT_NAME";
            case ABORT -> "ABORT";
            case LIST -> "LIST";
            case PEEK_EXPORT -> "PEEK_EXPORT";
            case STARTTLS -> "STARTTLS";
            case INFO -> "INFO";
            case GO -> "GO";
            case STRUCTURED_REPLY -> "STRUCTURED_REPLY";
            case LIST_META_CONTEXT -> "LIST_META_CONTEXT";
            case SET_META_CONTEXT -> "SET_META_CONTEXT";
            case EXTENDED_HEADERS -> "EXTENDED_HEADERS";
            default -> "option " + Integer.toUnsignedString(option);
        };
    }
}
