package io.devicemapper.targets.cache.metadata.tool;

/** The tool cannot do what it was asked for: one line for the user. */
final class MetaException extends Exception {
    private static final long serialVersionUID = 1L;

    MetaException(String message) {
        super(message);
    }

    MetaException(String message, Throwable cause) {
        super(message, cause);
    }
}
