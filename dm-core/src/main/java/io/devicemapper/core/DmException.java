package io.devicemapper.core;

import java.util.Objects;

/**
 * A control operation failed, and changed nothing unless its documentation says otherwise. The message is one complete line for the
 * user: which device, which table line, which argument, what was expected. It never holds a key.
 */
public final class DmException extends Exception {
    private static final long serialVersionUID = 1L;

    private final DmError error;

    DmException(DmError error, String message) {
        super(oneLine(message));
        this.error = Objects.requireNonNull(error, "error");
    }

    DmException(DmError error, String message, Throwable cause) {
        super(oneLine(message), cause);
        this.error = Objects.requireNonNull(error, "error");
    }

    /** Texts of targets and of the JDK go into messages, and some have several lines. */
    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** What kind of failure this is. */
    public DmError error() {
        return error;
    }
}
