package io.devicemapper.benchmarks.peers;

/** The comparison cannot go on; the message says why, in one line. */
final class PeersException extends Exception {
    private static final long serialVersionUID = 1;

    PeersException(String message) {
        super(message);
    }

    PeersException(String message, Throwable cause) {
        super(message, cause);
    }
}
