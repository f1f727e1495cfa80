package io.devicemapper.targets.cache.torture;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Power cuts find each mistake that a stand-in makes, and nothing wrong with one that makes none. */
class PowerCutMistakesTest {
    private static final int LIVES = 3;

    private final long seed = Soak.seed();

    @Test
    void aStandInWithoutMistakesPasses() throws Exception {
        int cuts = 0;
        for (int i = 0; i < Soak.times(60, 3000); i++) {
            cuts += run(Mistake.NONE, i);
        }
        assertTrue(cuts >= 180);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "IGNORES_AN_ERROR_OF_THE_CACHE", "FORGETS_A_FAILED_FLUSH"})
    void aMistakeIsFound(Mistake mistake) {
        AssertionError found = assertThrows(
                AssertionError.class,
                () -> {
                    for (int i = 0; i < 400; i++) {
                        run(mistake, i);
                    }
                },
                () -> "seed " + seed);
        // Not one of the contracts between layers, nor a wait without an end.
        assertTrue(
                found.getMessage().startsWith("sector ") || found.getMessage().contains("is not dirty"),
                found::getMessage);
    }

    private int run(Mistake mistake, int number) throws Exception {
        return PowerCutRun.run(new StandIn(mistake), CacheBed.Setup.of(seed + number), LIVES, (bed, cut, when) -> {});
    }
}
