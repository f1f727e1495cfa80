package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DmError;
import io.devicemapper.core.DmException;
import io.devicemapper.target.TargetException;
import java.util.regex.Pattern;

/** How a target has to say no: in one line that a user understands, and without having changed anything. */
final class Refusal {
    private static final int MAX_LENGTH = 1000;
    private static final Pattern CLASS_NAME = Pattern.compile("\\b[a-z]+\\.[a-zA-Z.]*(Exception|Error)\\b");

    private Refusal() {}

    /** What a rule tries. */
    interface Attempt {
        void run() throws DmException;
    }

    /**
     * Tries something that need not work.
     *
     * @return the message of a proper refusal, or null if it worked
     * @throws AssertionError if it failed in another way than it should
     */
    static String of(String what, TargetRig rig, Attempt attempt) {
        int breachesBefore = rig.hostBreaches().size();
        try {
            attempt.run();
            return null;
        } catch (DmException e) {
            check(what, e);
            assertEquals(
                    breachesBefore, rig.hostBreaches().size(), () -> what + ": the host blames " + rig.hostBreaches());
            return e.getMessage();
        }
    }

    /** As {@link #of}, for what must not work. */
    static String required(String what, TargetRig rig, Attempt attempt) {
        String message = of(what, rig, attempt);
        assertTrue(message != null, () -> what + ": accepted");
        return message;
    }

    private static void check(String what, DmException refusal) {
        String message = refusal.getMessage();
        assertEquals(DmError.INVALID, refusal.error(), () -> what + ": " + message);
        assertFalse(message.isBlank(), () -> what + ": refused without a reason");
        assertEquals(1, message.lines().count(), () -> what + ": refused in more than one line: " + message);
        assertTrue(message.length() <= MAX_LENGTH, () -> what + ": a line of " + message.length() + " characters");
        assertFalse(
                CLASS_NAME.matcher(message).find(), () -> what + ": refused by a Java exception's name: " + message);
        if (refusal.getCause() instanceof TargetException reason) {
            String text = reason.getMessage();
            assertFalse(text == null || text.isBlank(), () -> what + ": refused without a reason: " + message);
            // The host's own message has made one line of it.
            assertEquals(1, text.lines().count(), () -> what + ": refused in more than one line: " + text);
        }
    }
}
