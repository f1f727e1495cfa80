package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DmException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables of the kernel's old policy mq work as there: its settings are read, and mean nothing. */
class MqTableTest {
    private static final String SHOWN = " mq 10 random_threshold 0 sequential_threshold 0 discard_promote_adjustment 0"
            + " read_promote_adjustment 0 write_promote_adjustment 0 rw - ";

    @Test
    void settingsAreTakenAndShownAsNothing() throws Exception {
        try (Rig rig = new Rig()) {
            String settings = "mq 4 sequential_threshold 1024 random_threshold 8";
            rig.startWithPolicy(settings);
            assertTrue(rig.status().endsWith(SHOWN), rig.status());
            assertEquals("", rig.deviceMapper().message("ca", 0, "write_promote_adjustment 3"));
            assertTrue(rig.status().endsWith(SHOWN), rig.status());
            assertTrue(rig.tableText().endsWith(settings), rig.tableText());
            rig.stop();
            rig.startWithPolicy("mq 0");
            assertTrue(rig.status().endsWith(SHOWN), rig.status());
        }
    }

    @ParameterizedTest
    @CsvSource({"mq 2 sequential_threshold x, expected a number", "mq 2 hot_threshold 1, unknown key 'hot_threshold'"})
    void otherSettingsAreRefused(String policy, String reason) throws Exception {
        try (Rig rig = new Rig()) {
            DmException refusal = assertThrows(DmException.class, () -> rig.startWithPolicy(policy));
            assertTrue(
                    refusal.getMessage().contains("Error setting cache policy's config values"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        }
    }
}
