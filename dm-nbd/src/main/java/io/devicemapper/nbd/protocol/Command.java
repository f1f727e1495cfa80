package io.devicemapper.nbd.protocol;

/** The types of requests. */
public final class Command {
    /** Reads. */
    public static final int READ = 0;

    /** Writes; the one request with a payload. */
    public static final int WRITE = 1;

    /** Ends the connection; has no reply. */
    public static final int DISC = 2;

    /** Makes all writes that were replied to durable. */
    public static final int FLUSH = 3;

    /** Says that a range's content is no longer needed. */
    public static final int TRIM = 4;

    /** Asks the server to prefetch. */
    public static final int CACHE = 5;

    /** Makes a range read as zeroes. */
    public static final int WRITE_ZEROES = 6;

    /** Asks for the extents of a range. */
    public static final int BLOCK_STATUS = 7;

    private Command() {}

    /** The command's name in the protocol document; its number where it has none. */
    public static String name(int command) {
        return switch (command) {
            case READ -> "READ";
            case WRITE -> "WRITE";
            case DISC -> "DISC";
            case FLUSH -> "FLUSH";
            case TRIM -> "TRIM";
            case CACHE -> "CACHE";
            case WRITE_ZEROES -> "WRITE_ZEROES";
            case BLOCK_STATUS -> "BLOCK_STATUS";
            default -> "command " + command;
        };
    }
}
