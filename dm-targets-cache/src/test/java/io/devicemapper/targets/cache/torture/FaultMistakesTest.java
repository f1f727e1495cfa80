package io.devicemapper.targets.cache.torture;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Failing devices find each mistake that a stand-in makes when a device fails, and nothing wrong with one that makes none. */
class FaultMistakesTest {
    private static final int STRIDE = 7;
    private static final int MAX_BIOS = 5000;

    private final long seed = Soak.seed();

    @Test
    void aStandInWithoutMistakesPasses() throws Exception {
        assertTrue(FaultRun.migrations(new StandIn(Mistake.NONE), CacheBed.Setup.of(seed)) > 3, () -> "seed " + seed);
        run(Mistake.NONE, seed);
    }

    @Test
    void anErrorOfTheCacheThatIsIgnoredIsFound() {
        isFound(Mistake.IGNORES_AN_ERROR_OF_THE_CACHE, 100);
    }

    /** One history in ten or twenty finds it, and each takes seconds. */
    @Test
    @EnabledIfSystemProperty(named = "dm.soak", matches = "true")
    void aFailedFlushThatIsForgottenIsFound() {
        isFound(Mistake.FORGETS_A_FAILED_FLUSH, 400);
    }

    private void isFound(Mistake mistake, int histories) {
        AssertionError found = assertThrows(
                AssertionError.class,
                () -> {
                    for (int i = 0; i < histories; i++) {
                        run(mistake, seed + i);
                    }
                },
                () -> "seed " + seed);
        assertTrue(
                found.getMessage().startsWith("sector ") || found.getMessage().contains("is not dirty"),
                found::getMessage);
    }

    private static void run(Mistake mistake, long seed) throws Exception {
        for (FaultRun.Victim victim : FaultRun.Victim.values()) {
            for (FaultRun.Kind kind : FaultRun.Kind.values()) {
                long bio = 1L + Math.floorMod(seed, STRIDE);
                while (FaultRun.run(new StandIn(mistake), CacheBed.Setup.of(seed), victim, kind, bio)) {
                    bio += STRIDE;
                    assertTrue(bio < MAX_BIOS, "a history has an end");
                }
            }
        }
    }
}
