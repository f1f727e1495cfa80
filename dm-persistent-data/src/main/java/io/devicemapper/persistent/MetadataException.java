package io.devicemapper.persistent;

import java.io.IOException;

/** Metadata could not be read, changed or committed. The message names the device, the block and what was found there. */
public final class MetadataException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is, which says what may help. */
    public enum Reason {
        /** The device failed a read, a write or a flush. */
        IO,
        /** What was read cannot be right: a checksum, a location, a count or an order is wrong. */
        CORRUPT,
        /** No block of the metadata device is free for this change. */
        NO_SPACE,
        /** The device holds something else than what it was opened as. */
        WRONG_FORMAT,
        /** The device holds the right thing in a version, or with a feature, that this code does not know. */
        UNSUPPORTED,
        /** The store refuses changes: an earlier one failed, or it was opened read-only. */
        REFUSED
    }

    private final Reason reason;

    /**
     * An exception without a cause.
     *
     * @param reason what kind of trouble it is
     * @param message device, block, what was expected and what was found
     */
    public MetadataException(Reason reason, String message) {
        this(reason, message, null);
    }

    /**
     * An exception that another one led to.
     *
     * @param reason what kind of trouble it is
     * @param message device, block, what was expected and what was found
     * @param cause what led to it, or null
     */
    public MetadataException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What kind of trouble it is. */
    public Reason reason() {
        return reason;
    }
}
