package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.EndIo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a target may do with its bio in map and endIo: end it elsewhere, keep it, give it back. */
class MapAndEndIoTest extends BioPathBed {
    @Test
    void endIoSeesTheTargetsOwnSectorAndMayChangeTheStatus() throws Exception {
        List<String> seen = new ArrayList<>();
        target.end = (ti, bio, status) -> {
            seen.add(bio + " " + status);
            return EndIo.done(BioStatus.TIMEOUT);
        };
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map a 100");
        assertEquals(BioStatus.TIMEOUT, status(device, BioOp.READ, 0, 9, 2));
        assertEquals(List.of("READ 1+2 OK"), seen);
    }

    @Test
    void endIoMayKeepABioAndSendItElsewhere() throws Exception {
        target.end = (ti, bio, status) -> {
            if (status == BioStatus.TRANSPORT) {
                bio.remap(ti.state().dev(), 200);
                return EndIo.incomplete();
            }
            return EndIo.done(status);
        };
        a.answer(bio -> bio.sector() < 200 ? BioStatus.TRANSPORT : BioStatus.OK);
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 1, 2));
        assertEquals(List.of("READ 1+2", "READ 200+2"), a.log());
        assertEquals(0, device.statistics().inFlight());
    }

    @Test
    void aTargetMayEndABioFromAnotherThreadBeforeMapReturns() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            target.map = (ti, bio) -> {
                try {
                    other.submit(() -> bio.remap(ti.state().dev(), 500 + bio.sector()))
                            .get();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                return bio.submitted();
            };
            MappedDevice device = dm.create("vol", "0 8 map a 0");
            assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 3, 2));
            assertEquals(List.of("READ 503+2"), a.log());
            target.map = (ti, bio) -> {
                try {
                    other.submit(() -> bio.complete(BioStatus.NO_SPACE)).get();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                return bio.submitted();
            };
            assertEquals(BioStatus.NO_SPACE, status(device, BioOp.READ, 0, 3, 2));
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void aRequeuedBioIsMappedAgain() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        target.map = (ti, bio) -> tries.incrementAndGet() < 4 ? bio.requeue() : ScriptedTarget.linear(ti, bio);
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map a 100");
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 9, 2));
        assertEquals(4, tries.get());
        assertEquals(List.of("READ 101+2"), a.log());
        assertEquals(0, device.statistics().inFlight());
        assertEquals(1, device.statistics().reads());
    }

    @Test
    void requeuedPiecesOfASplitBioAndRequeuedFlushesEndTheirParentOnce() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        target.settings = ti -> ti.flushBios(1);
        target.map = (ti, bio) -> tries.incrementAndGet() % 3 != 0 ? bio.requeue() : ScriptedTarget.linear(ti, bio);
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, 0, 4, 8));
        assertEquals(BioStatus.OK, status(device, BioOp.FLUSH, 0, 0, 0));
        assertEquals(0, device.statistics().inFlight());
    }

    @Test
    void requeueInEndIoMapsAgain() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        target.end = (ti, bio, status) -> tries.incrementAndGet() < 3 ? EndIo.requeue() : EndIo.done(status);
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 1, 2));
        assertEquals(3, a.log().size());
        assertEquals(0, device.statistics().inFlight());
    }

    @Test
    void blockingCallsAreRefusedInsideMap() throws Exception {
        List<Throwable> thrown = new ArrayList<>();
        target.map = (ti, bio) -> {
            thrown.add(assertThrows(
                    IllegalStateException.class, () -> ti.state().dev().read(0, ByteBuffer.allocate(512))));
            return ScriptedTarget.linear(ti, bio);
        };
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 1, 2));
        assertEquals(1, thrown.size());
    }
}
