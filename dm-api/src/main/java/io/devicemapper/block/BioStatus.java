package io.devicemapper.block;

/**
 * How a {@link Bio} ended: the kernel's {@code blk_status_t}, reduced to what a user-space stack can tell apart.
 *
 * <p>A status is a value, not an exception: the data path neither throws nor allocates to report a failure.
 */
public enum BioStatus {
    /** The operation was carried out. */
    OK("success", false),
    /** It failed for a reason that the device could not tell; as in the kernel, another path may do better. */
    IO("I/O error", true),
    /** The device cannot do this operation, or not with these flags. Nothing was changed. */
    UNSUPPORTED("operation not supported", false),
    /** No space, quota or metadata is left for the write. */
    NO_SPACE("no space left on device", false),
    /** The medium lost the data: every path would say the same. */
    MEDIUM("medium error", false),
    /** The data was read but fails its integrity check. */
    PROTECTION("data integrity error", false),
    /** The way to the device broke: a connection was lost, or is down. Whether a write arrived is not known. */
    TRANSPORT("transport error", true),
    /** No answer came in time. Whether a write arrived is not known. */
    TIMEOUT("timeout", true),
    /** The device itself answered with an error, so the path to it works. */
    TARGET("target error", false),
    /** The device or the table is read-only. Nothing was changed. */
    NOT_PERMITTED("operation not permitted", false);

    private final String text;
    private final boolean anotherPathMayHelp;

    BioStatus(String text, boolean anotherPathMayHelp) {
        this.text = text;
        this.anotherPathMayHelp = anotherPathMayHelp;
    }

    /** Whether this is {@link #OK}. */
    public boolean isOk() {
        return this == OK;
    }

    /**
     * Whether the same bio may succeed on another path to the same data. False for {@link #OK}, and for the errors that the
     * data, its medium or the far end itself raised.
     */
    public boolean anotherPathMayHelp() {
        return anotherPathMayHelp;
    }

    /** A short description in lower case, as it appears in messages. */
    public String text() {
        return text;
    }
}
