package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A policy that never has enough keeps nobody from the thread in the background. */
@Timeout(60)
class RestlessPolicyTest {
    @Test
    void whatIsRefusedEachTimeDoesNotHoldUpMessages() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.script.endless(List.of(Migration.evict(31)));
            Rig.await(() -> rig.script.outcomes().contains(MigrationOutcome.REFUSED));
            rig.deviceMapper().message("ca", 0, "drop");
            assertEquals(0, rig.residents());
        }
    }

    @Test
    void migrationsWithoutEndDoNotHoldUpMessages() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.deviceMapper().message("ca", 0, "migration_threshold " + Rig.BLOCK);
            rig.script.endless(List.of(Migration.promote(2), Migration.evict(2)));
            Rig.await(() -> rig.script.outcomes().size() > 3);
            rig.deviceMapper().message("ca", 0, "drop");
            assertNull(rig.parts().map().find(1));
        }
    }
}
