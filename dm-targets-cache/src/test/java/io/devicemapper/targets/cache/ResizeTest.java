package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.DmException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache device that has grown or shrunk is used as it is from the next resume on, by the same table or another one. */
class ResizeTest {
    private static final int SMALL = 4;
    private static final int USED_FIELD = 4;

    /** Makes the device under the cache another size while the cache is suspended. */
    private static void resize(Rig rig, int blocks, boolean newTable) throws DmException {
        if (newTable) {
            rig.deviceMapper().load("ca", rig.tableOnFast("1 writethrough"));
        }
        rig.deviceMapper().suspend("ca");
        rig.deviceMapper().load("fast", Rig.fast(blocks));
        rig.deviceMapper().resume("fast");
        rig.deviceMapper().resume("ca");
    }

    private static String used(Rig rig) {
        return rig.field(USED_FIELD);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatItHasGrownByIsUsedAndWhatWasCachedStays(boolean newTable) throws Exception {
        try (Rig rig = new Rig().startOnFast(SMALL)) {
            for (int block = 0; block < SMALL - 1; block++) {
                rig.write((long) block * Rig.BLOCK, 10 + block);
                rig.promote(block);
            }
            resize(rig, Rig.CACHE_BLOCKS, newTable);
            assertEquals((SMALL - 1) + "/" + Rig.CACHE_BLOCKS, used(rig));
            for (int block = SMALL - 1; block < Rig.CACHE_BLOCKS - 1; block++) {
                rig.write((long) block * Rig.BLOCK, 10 + block);
                rig.promote(block);
            }
            assertEquals((Rig.CACHE_BLOCKS - 1) + "/" + Rig.CACHE_BLOCKS, used(rig));
            rig.crash();
            rig.startOnFast(Rig.CACHE_BLOCKS);
            assertEquals((Rig.CACHE_BLOCKS - 1) + "/" + Rig.CACHE_BLOCKS, used(rig), "warm after a crash");
            requireContent(rig, Rig.CACHE_BLOCKS - 1);
        }
    }

    private static void requireContent(Rig rig, int blocks) throws Exception {
        for (int block = 0; block < blocks; block++) {
            assertEquals(10 + block, rig.read((long) block * Rig.BLOCK));
        }
    }

    /** The twin of the generation was on what is gone, so nothing says any more that the rest is of use. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneThatHasShrunkBeginsEmpty(boolean newTable) throws Exception {
        try (Rig rig = new Rig().startOnFast(Rig.CACHE_BLOCKS)) {
            for (int block = 0; block < Rig.CACHE_BLOCKS - 1; block++) {
                rig.write((long) block * Rig.BLOCK, 10 + block);
                rig.promote(block);
            }
            resize(rig, SMALL, newTable);
            assertEquals("0/" + SMALL, used(rig));
            requireContent(rig, Rig.CACHE_BLOCKS - 1);
            for (int block = 0; block < SMALL - 1; block++) {
                rig.promote(block);
            }
            assertEquals((SMALL - 1) + "/" + SMALL, used(rig));
            requireContent(rig, Rig.CACHE_BLOCKS - 1);
            resize(rig, Rig.CACHE_BLOCKS, newTable);
            assertEquals((SMALL - 1) + "/" + Rig.CACHE_BLOCKS, used(rig));
        }
    }

    @Test
    void oneThatIsTooSmallForABlockIsRefusedAndTheOriginIsUntouched() throws Exception {
        try (Rig rig = new Rig().startOnFast(SMALL)) {
            rig.write(Rig.BLOCK, 3);
            rig.deviceMapper().suspend("ca");
            rig.deviceMapper().load("fast", "0 8 plain cache");
            rig.deviceMapper().resume("fast");
            DmException refusal =
                    assertThrows(DmException.class, () -> rig.deviceMapper().resume("ca"));
            assertTrue(
                    refusal.getMessage().contains("Data block size is larger than the cache device"),
                    refusal.getMessage());
            rig.deviceMapper().load("fast", Rig.fast(SMALL));
            rig.deviceMapper().suspend("fast");
            rig.deviceMapper().resume("fast");
            rig.deviceMapper().resume("ca");
            assertEquals(3, rig.read(Rig.BLOCK));
        }
    }
}
