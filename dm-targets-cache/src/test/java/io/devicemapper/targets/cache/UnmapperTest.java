package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.Migration;
import io.devicemapper.cache.MigrationOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Several may want a block out of the cache at a time, each for a reason of his own. */
class UnmapperTest {
    @Test
    void aBlockThatHasJustLeftIsNotFreedASecondTime() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            Cache cache = rig.parts();
            CacheBlock block = cache.map().find(1);
            assertEquals(MigrationOutcome.DONE, rig.migrate(Migration.evict(1)));
            CompletableFuture<Boolean> unmapped = new CompletableFuture<>();
            cache.unmapper().unmap(block, block.origin(), unmapped::complete);
            assertTrue(unmapped.get(60, TimeUnit.SECONDS));
            assertEquals(0, rig.residents());
            for (int number = 0; number < Rig.CACHE_BLOCKS - 1; number++) {
                rig.write((long) number * Rig.BLOCK, number + 1);
                rig.promote(number);
            }
            assertEquals(
                    MigrationOutcome.REFUSED, rig.migrate(Migration.promote(20)), "a cache block was free two times");
            for (int number = 0; number < Rig.CACHE_BLOCKS - 1; number++) {
                assertEquals(number + 1, rig.read((long) number * Rig.BLOCK));
            }
        }
    }
}
