package io.devicemapper.cli;

/** A text that describes devices is malformed at one of its lines. */
final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    SyntaxException(int line, String message) {
        super(message);
        this.line = line;
    }

    /** The number of the line, from 1. */
    int line() {
        return line;
    }
}
