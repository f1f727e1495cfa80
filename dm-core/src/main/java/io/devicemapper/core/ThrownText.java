package io.devicemapper.core;

/** What an exception of somebody else's code says, for a message of one line. */
final class ThrownText {
    private ThrownText() {}

    /** As {@link Throwable#toString}, or no more than the class where that throws. Never throws itself, unless out of memory or stack. */
    static String of(Throwable thrown) {
        String text;
        try {
            text = String.valueOf(thrown.toString());
        } catch (RuntimeException | Error e) {
            text = thrown.getClass().getName();
        }
        return oneLine(text);
    }

    /** The message alone, where there is one, and else {@link #of}. */
    static String messageOf(Throwable thrown) {
        String message;
        try {
            message = thrown.getMessage();
        } catch (RuntimeException | Error e) {
            message = null;
        }
        return message == null ? of(thrown) : oneLine(message);
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
