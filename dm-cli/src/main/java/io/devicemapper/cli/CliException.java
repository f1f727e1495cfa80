package io.devicemapper.cli;

/** What the user asked for cannot be done. The message is one complete line, without the {@code dm: } in front. */
final class CliException extends Exception {
    private static final long serialVersionUID = 1L;

    CliException(String message) {
        super(message);
    }

    CliException(String message, Throwable cause) {
        super(message, cause);
    }
}
