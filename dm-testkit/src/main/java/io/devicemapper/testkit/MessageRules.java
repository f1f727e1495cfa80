package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code message} refuses. */
interface MessageRules extends Rules {
    /** Messages that no target takes. */
    List<String> GARBAGE_MESSAGES = List.of(
            "no-such-message-as-this",
            "no-such-message with three words",
            "-1",
            "99999999999999999999999",
            "\u00e9\u0661",
            "%s%n",
            "\\ ");

    @Test
    default void msg01_unknownMessagesAreRefusedInOneLine(TargetRig rig) throws Exception {
        rig.io().fill();
        String before = rig.tableText();
        for (String message : GARBAGE_MESSAGES) {
            Refusal.required(
                    "message '" + message + "'",
                    rig,
                    () -> rig.deviceMapper().message(TargetRig.DEVICE, rig.begin(), message));
        }
        assertEquals(before, rig.tableText(), "TABLE text after refused messages");
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    @Test
    default void msg02_messageWithoutWordsIsRefused(TargetRig rig) throws Exception {
        rig.device();
        Refusal.required(
                "a message without words", rig, () -> rig.deviceMapper().message(TargetRig.DEVICE, rig.begin(), ""));
    }
}
