package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A target that breaks the contract of map and endIo fails its own bio, and is named once. */
class BreachTest extends BioPathBed {
    @Test
    void breachesFailTheirOwnBioAlone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        List<ScriptedTarget.Map> breaches = List.of(
                (ti, bio) -> {
                    throw new IllegalStateException("thrown on purpose");
                },
                (ti, bio) -> {
                    throw new StackOverflowError("thrown on purpose");
                },
                (ti, bio) -> null,
                (ti, bio) -> MapResult.REMAPPED,
                (ti, bio) -> MapResult.SUBMITTED,
                (ti, bio) -> bio.remap(ti.state().dev(), 999 - bio.sector()),
                (ti, bio) -> bio.remap(ti.state().dev(), -1),
                (ti, bio) -> bio.remap(null, 0),
                (ti, bio) -> bio.remap(ti.state().dev(), 0, ByteBuffer.allocate(1)),
                (ti, bio) -> {
                    bio.remap(ti.state().dev(), 0);
                    throw new IllegalStateException("thrown on purpose");
                },
                (ti, bio) -> bio.complete(null));
        for (ScriptedTarget.Map breach : breaches) {
            target.map = breach;
            assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        }
        target.map = ScriptedTarget::linear;
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 4));
        assertEquals(0, device.statistics().inFlight());
    }

    @Test
    void breachesAreReportedOnceForEachKindNotForEachSector() throws Exception {
        MappedDevice device = dm.create("vol", "0 100 map a 0");
        target.map = (ti, bio) -> bio.remap(ti.state().dev(), 5000 + bio.sector());
        for (int i = 0; i < 100; i++) {
            assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, i, 1));
        }
        assertEquals(1, device.live().slotsSoFar().get(0).reports().breachesReported());
    }

    @Test
    void completingTwiceHasNoEffectTheSecondTime() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        target.map = (ti, bio) -> {
            bio.complete(BioStatus.OK);
            return bio.complete(BioStatus.MEDIUM);
        };
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 4));
        assertEquals(0, device.statistics().inFlight());
    }

    @Test
    void aThrowingEndIoFailsItsBioAlone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        target.end = (ti, bio, status) -> {
            throw new IllegalStateException("thrown on purpose");
        };
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        target.end = (ti, bio, status) -> null;
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        target.end = (ti, bio, status) -> EndIo.done(status);
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 4));
    }

    @Test
    void anEndIoThatRemapsAndThenFailsDoesNotLoseItsBio() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        target.end = (ti, bio, status) -> {
            bio.remap(ti.state().dev(), 100);
            throw new IllegalStateException("thrown on purpose");
        };
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        target.end = (ti, bio, status) -> {
            bio.remap(ti.state().dev(), 100);
            return EndIo.done(BioStatus.OK);
        };
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        assertEquals(0, device.statistics().inFlight());
    }

    @Test
    void anAssertionErrorOrASneakedExceptionIsTheTargetsOwn() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        target.map = (ti, bio) -> {
            throw new AssertionError("thrown on purpose");
        };
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        target.map = (ti, bio) -> {
            throw new IllegalStateException() {
                private static final long serialVersionUID = 1L;

                @Override
                public String getMessage() {
                    throw new IllegalStateException("an exception that cannot even be printed");
                }
            };
        };
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 0, 4));
        target.settings = ti -> {
            throw new AssertionError("thrown on purpose");
        };
        DmException refused = assertThrows(DmException.class, () -> dm.load("vol", "0 8 map a 0"));
        assertEquals(
                "vol: table line 1: map: Unknown error (ctr threw java.lang.AssertionError: thrown on purpose)",
                refused.getMessage());
        assertEquals(0, device.statistics().inFlight());
    }
}
