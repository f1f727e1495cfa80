package io.devicemapper.nbd.client;

import java.io.IOException;

/** We give a connection up that still works as far as the system knows. */
final class GivenUpException extends IOException {
    private static final long serialVersionUID = 1L;

    GivenUpException(String message) {
        super(message);
    }
}
