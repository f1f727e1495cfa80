package io.devicemapper.nbd.server;

import java.nio.ByteBuffer;

/** The reply to a request that ended after the connection thread had let go of it. A link in a {@link ReplyWriter}'s queue. */
final class Reply {
    /** The next one in the queue. */
    Reply next;

    private final int command;
    private final long cookie;
    private final int error;
    private final String text;
    private final ByteBuffer message;
    private final PooledBuffer owner;

    private Reply(int command, long cookie, int error, String text, ByteBuffer message, PooledBuffer owner) {
        this.command = command;
        this.cookie = cookie;
        this.error = error;
        this.text = text;
        this.message = message;
        this.owner = owner;
    }

    /** A reply that says no more than how the request ended. */
    static Reply status(int command, long cookie, int error, String text) {
        return new Reply(command, cookie, error, text, null, null);
    }

    /** A whole reply as it goes over the wire; its owner is released when it has gone, or never will. */
    static Reply message(ByteBuffer message, PooledBuffer owner) {
        return new Reply(0, 0, 0, "", message, owner);
    }

    int command() {
        return command;
    }

    long cookie() {
        return cookie;
    }

    int error() {
        return error;
    }

    String text() {
        return text;
    }

    /** Null if this is only a status. */
    ByteBuffer message() {
        return message;
    }

    PooledBuffer owner() {
        return owner;
    }
}
