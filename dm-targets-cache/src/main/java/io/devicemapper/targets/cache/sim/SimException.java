package io.devicemapper.targets.cache.sim;

/** What the user has to know, in one line. */
final class SimException extends Exception {
    private static final long serialVersionUID = 1L;

    SimException(String message) {
        super(message);
    }

    SimException(String message, Throwable cause) {
        super(message, cause);
    }
}
