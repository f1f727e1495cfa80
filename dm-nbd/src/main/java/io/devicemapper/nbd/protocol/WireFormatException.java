package io.devicemapper.nbd.protocol;

import java.io.IOException;

/** The peer sent what the protocol does not allow. */
public final class WireFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With a message that says what was found. */
    public WireFormatException(String message) {
        super(message);
    }

    /** With a message and a cause. */
    public WireFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
