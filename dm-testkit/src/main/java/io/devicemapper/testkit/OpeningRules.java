package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Devices opened again, opened for reading only, and closed. */
interface OpeningRules extends Rules {
    @Test
    default void opn01_flushedWritesAreThereWhenOpenedAgain(DeviceRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES, Behavior.FLUSHES, Behavior.REOPENS);
        for (int round = 0; round < 3; round++) {
            rig.io().fill();
            rig.io().flush();
            rig.closeWell();
            rig.io().verifyAll();
        }
    }

    @Test
    default void opn02_readOnlyOpeningReadsAndRefusesChanges(DeviceRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.OPENS_READ_ONLY);
        rig.io().fill();
        rig.io().flush();
        if (rig.has(Behavior.REOPENS)) {
            rig.closeWell();
        }
        DeviceOpening opening = rig.open(true);
        BlockDevice view = opening.device();
        assertTrue(view.isReadOnly(), "opened for reading only, and does not say so");
        long block = view.limits().logicalBlockSectors();
        for (BioOp op : List.of(BioOp.WRITE, BioOp.DISCARD, BioOp.WRITE_ZEROES)) {
            ByteBuffer payload = op.hasPayload() ? DeviceRig.buffer(block) : null;
            ProbeBio bio = new ProbeBio(op, BioFlags.NONE, 0, block, payload);
            assertEquals(BioStatus.NOT_PERMITTED, bio.submitTo(view).await(), bio::toString);
        }
        new RigIo(rig, rig.contents(), opening.checked(), 0, view.sectors()).verifyAll();
        opening.checked().flush();
        assertEquals(List.of(), opening.close(), "closing what was opened for reading only");
        rig.io().verifyAll(); // the device itself is still there, or opens again
        rig.io().fill();
        rig.io().verifyAll();
    }

    @Test
    default void cls01_closedTwiceIsClosedOnce(DeviceRig rig) throws Exception {
        rig.io().fill();
        rig.closeWell(); // closes it twice
        rig.device();
    }

    @Test
    default void cls02_biosAfterCloseEndAndTellNoLies(DeviceRig rig) throws Exception {
        rig.io().fill();
        BlockDevice device = rig.device();
        long block = rig.block();
        RigIo io = rig.io();
        rig.closeWell();
        for (BioOp op : BioOp.values()) {
            long sectors = op == BioOp.FLUSH ? 0 : block;
            ByteBuffer payload = op.hasPayload() ? DeviceRig.buffer(sectors) : null;
            ProbeBio bio = new ProbeBio(op, BioFlags.NONE, 0, sectors, payload);
            if (bio.submitTo(device).await().isOk() && op == BioOp.READ) {
                io.compare(0, DeviceRig.bytes(payload));
            }
        }
    }

    @Test
    default void cls03_biosUnderWayAtCloseEnd(DeviceRig rig) throws Exception {
        rig.io().fill();
        BlockDevice device = rig.device();
        RigIo io = rig.io();
        long block = rig.block();
        long blocks = rig.len() / block;
        AtomicBoolean closed = new AtomicBoolean();
        CountDownLatch busy = new CountDownLatch(RegionRun.THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(RegionRun.THREADS);
        List<Future<List<ProbeBio>>> futures = new ArrayList<>();
        for (int i = 0; i < RegionRun.THREADS; i++) {
            int thread = i;
            futures.add(threads.submit(() -> {
                List<ProbeBio> bios = new ArrayList<>();
                for (int n = 0; !closed.get() || n < 64; n++) {
                    long sector = (thread * 7L + n) % blocks * block;
                    ProbeBio bio = new ProbeBio(BioOp.READ, BioFlags.NONE, sector, block, DeviceRig.buffer(block));
                    bios.add(bio.submitTo(device));
                    if (n == 8) {
                        busy.countDown();
                    }
                    if (n % 64 == 63) {
                        bio.await(); // so that what is under way stays bounded
                    }
                }
                return bios;
            }));
        }
        Patience.await(busy, "the first reads");
        rig.closeWell();
        closed.set(true);
        threads.shutdown();
        for (Future<List<ProbeBio>> future : futures) {
            for (ProbeBio bio : future.get()) {
                if (bio.await().isOk()) {
                    io.compare(bio.sector(), DeviceRig.bytes(bio.payload()));
                }
            }
        }
    }
}
