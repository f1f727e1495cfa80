package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DmException;
import io.devicemapper.core.LoadRequest;
import io.devicemapper.testkit.RecordedBio;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A read-only table of a cache reads the origin and leaves everything as it is, and status says so. */
class ReadOnlyTableTest {
    private static LoadRequest table(Rig rig) {
        return LoadRequest.of(rig.table("1 writethrough")).readOnly(true);
    }

    @Test
    void readsTheOriginAndWritesNothing() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.write(Rig.BLOCK, 7);
            rig.deviceMapper().load("ca", table(rig));
            rig.deviceMapper().suspend("ca");
            int metadataBios = rig.metadata.recorder.bios().size();
            int cacheBios = rig.cache.recorder.bios().size();
            rig.deviceMapper().resume("ca");
            assertEquals(7, rig.read(Rig.BLOCK));
            assertEquals(BioStatus.NOT_PERMITTED, Rig.end(rig.submitWrite(Rig.BLOCK, 8)));
            rig.deviceMapper().suspend("ca");
            rig.deviceMapper().resume("ca");
            List<RecordedBio> bios = rig.metadata.recorder.bios();
            assertTrue(
                    bios.subList(metadataBios, bios.size()).stream().allMatch(bio -> bio.op() == BioOp.READ),
                    bios::toString);
            assertEquals(cacheBios, rig.cache.recorder.bios().size());
            rig.deviceMapper().load("ca", rig.table("1 writethrough"));
            rig.deviceMapper().resume("ca");
            assertEquals(1, rig.residents(), "the cache is as warm as before");
        }
    }

    @Test
    void showsThatTheMetadataIsNotWritten() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.deviceMapper().load("ca", table(rig));
            rig.deviceMapper().suspend("ca");
            String used = rig.field(2);
            rig.deviceMapper().resume("ca");
            assertTrue(rig.status().endsWith(" ro - "), rig.status());
            assertEquals(used, rig.field(2));
            assertEquals("0/" + Rig.CACHE_BLOCKS, rig.field(4));
            for (String message : List.of("drop", "stats", "migration_threshold 64", "invalidate_cblocks 1")) {
                DmException refusal =
                        assertThrows(DmException.class, () -> rig.deviceMapper().message("ca", 0, message));
                assertTrue(refusal.getMessage().contains("READ_ONLY"), refusal.getMessage());
            }
        }
    }

    @Test
    void aSuspendedCacheShowsWhatItHad() throws Exception {
        try (Rig rig = new Rig().start()) {
            rig.promote(1);
            rig.promote(2);
            String before = rig.field(4);
            rig.deviceMapper().suspend("ca");
            assertEquals(before, rig.field(4));
            assertTrue(rig.status().endsWith(" rw - "), rig.status());
            rig.deviceMapper().resume("ca");
            assertEquals(before, rig.field(4));
        }
    }
}
