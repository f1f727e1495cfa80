package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Discard and write-zeroes. */
interface RangeRules extends Rules {
    @Test
    default void dis01_discardIsOfferedAndKeepsItsNeighbours(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.DISCARDS);
        assertTrue(rig.device().limits().maxDiscardSectors() > 0, "the device offers no discard");
        RandomRanges.run(rig, BioOp.DISCARD, BioFlags.NONE);
    }

    @Test
    default void dis02_discardedSectorsTakeNewData(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.DISCARDS);
        RigIo io = rig.io();
        io.fill();
        for (int round = 0; round < 3; round++) {
            io.ok(BioOp.DISCARD, BioFlags.NONE, 0, Math.min(rig.len(), rig.longest(BioOp.DISCARD)), null);
            io.forget(0, rig.len());
            io.fill();
            io.verifyAll();
        }
    }

    @Test
    default void zer01_writeZeroesReadsAsZeroesAndKeepsItsNeighbours(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.WRITE_ZEROES);
        assertTrue(rig.device().limits().maxWriteZeroesSectors() > 0, "the device offers no write-zeroes");
        RandomRanges.run(rig, BioOp.WRITE_ZEROES, BioFlags.NONE);
    }

    @Test
    default void zer02_zeroesWithFlagsAreZeroesOrRefused(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.WRITE_ZEROES);
        for (int flags : List.of(BioFlags.NOUNMAP, BioFlags.FAST_ONLY, BioFlags.NOUNMAP | BioFlags.FAST_ONLY)) {
            RandomRanges.run(rig, BioOp.WRITE_ZEROES, flags);
        }
    }

    @Test
    default void zer04_zeroesBeyondTwoPowerThirtyTwoSectors(Rig usual) throws Exception {
        usual.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.WRITE_ZEROES, Behavior.LARGE_DEVICES);
        Rig rig = usual.large();
        RigIo io = rig.io();
        List<Long> places = LargeBeds.places(rig.len(), rig.block());
        int sectors = (int) (2 * rig.block());
        for (long place : places) {
            io.write(place, sectors);
        }
        long from = places.get(0) + 2 * rig.block();
        long to = places.get(places.size() - 1);
        long longest = Math.min(to - from, rig.longest(BioOp.WRITE_ZEROES));
        for (long at = from; at < to; at += longest) {
            io.ok(BioOp.WRITE_ZEROES, BioFlags.NONE, at, Math.min(longest, to - at), null);
        }
        for (long place : places.subList(1, places.size() - 1)) {
            io.zeroed(place, sectors);
        }
        for (long place : places) {
            io.verify(place, sectors);
        }
    }
}
