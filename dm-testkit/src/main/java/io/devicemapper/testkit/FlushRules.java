package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What an acknowledged flush, FUA or PREFLUSH promises. */
interface FlushRules extends Rules {
    /** How often something random is tried. */
    int ROUNDS = 6;

    @Test
    default void flu01_flushedWritesSurviveAPowerCut(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES);
        for (int round = 0; round < ROUNDS; round++) {
            Rig plugged = rig.plugged(rig.seed() + round);
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 12; i++) {
                assertTrue(run.write(BioFlags.NONE));
            }
            assertTrue(run.flush());
            run.restartAndCheck("flushed");
        }
    }

    @Test
    default void flu02_fuaWritesSurviveAPowerCut(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.FUA);
        for (int round = 0; round < ROUNDS; round++) {
            Rig plugged = rig.plugged(rig.seed() + round);
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 12; i++) {
                assertTrue(run.write(BioFlags.FUA));
            }
            run.restartAndCheck("written with FUA");
        }
    }

    @Test
    default void flu03_preflushMakesEarlierWritesDurable(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES);
        Assumptions.assumeTrue(rig.takesPreflush(), "PREFLUSH is left to the host");
        for (int round = 0; round < ROUNDS; round++) {
            Rig plugged = rig.plugged(rig.seed() + round);
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 8; i++) {
                assertTrue(run.write(BioFlags.NONE));
            }
            assertTrue(run.write(BioFlags.PREFLUSH));
            run.restartAndCheck("written before a PREFLUSH");
        }
    }

    @Test
    default void flu04_powerCutAfterEachWrite(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES);
        int steps = Soak.times(14, 100);
        Rig counting = rig.plugged(rig.seed());
        DurabilityRun uncut = new DurabilityRun(counting);
        long before = counting.power().writes();
        uncut.mixed(steps);
        long writes = counting.power().writes() - before;
        for (long cut = 0; cut <= writes; cut++) {
            Rig plugged = rig.plugged(rig.seed());
            DurabilityRun run = new DurabilityRun(plugged);
            plugged.power().after(cut);
            run.mixed(steps);
            run.restartAndCheck("cut after write " + cut + " of " + writes);
        }
    }

    @Test
    default void flu07_zeroesWithFuaSurviveAPowerCut(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.FUA, Behavior.WRITE_ZEROES);
        for (int round = 0; round < ROUNDS; round++) {
            Rig plugged = rig.plugged(rig.seed() + round);
            DurabilityRun run = new DurabilityRun(plugged);
            for (int i = 0; i < 8; i++) {
                run.writeZeroesDurably();
            }
            run.restartAndCheck("made zeroes with FUA");
        }
    }
}
