package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What is said to be lacking where devices are opened. */
interface DeviceLackRules extends Rules {
    @Test
    default void lck13_deviceThatIsNotKeptBeginsAnew(DeviceRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.needsLack(Behavior.REOPENS);
        rig.io().fill();
        rig.closeWell();
        byte[] content = rig.io().read(0, Math.toIntExact(rig.len()));
        assertTrue(Content.isZeroes(content), "opened again, the device is full of something");
    }

    @Test
    default void lck14_openingForReadingOnlyIsRefused(DeviceRig rig) throws Exception {
        rig.needsLack(Behavior.OPENS_READ_ONLY);
        rig.device();
        refused(() -> rig.open(true));
    }

    @Test
    default void lck15_largeDevicesAreRefusedInOneLine(DeviceRig rig) throws Exception {
        rig.needsLack(Behavior.LARGE_DEVICES);
        refused(() -> rig.large().device());
    }

    private static void refused(Executable opening) {
        String message = assertThrows(IOException.class, opening).getMessage();
        assertFalse(message == null || message.isBlank(), "refused without a reason");
        assertEquals(1, message.lines().count(), () -> "refused in more than one line: " + message);
    }
}
