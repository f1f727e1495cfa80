package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.SuspendFlag;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Suspend, resume, and tables that come and go under I/O. */
interface SuspendRules extends Rules {
    @Test
    default void sus01_suspendWaitsForWhatIsUnderWay(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.device();
        rig.io().fill();
        List<HeldBios> held = Faults.holdAll(rig);
        Bios.UnderWay read = startRead(rig);
        boolean reachedADevice = Faults.count(held) > 0;
        FutureTask<Integer> suspend = new FutureTask<>(() -> {
            rig.deviceMapper().suspend(TargetRig.DEVICE);
            return underWayBelow(rig);
        });
        new Thread(suspend, "kit-suspend").start();
        if (reachedADevice) {
            assertFalse(rig.device().isSuspended(), "suspended while a bio was with a lower device");
        }
        Faults.releaseAll(held);
        int below = Patience.call("suspend", () -> suspend.get());
        assertEquals(0, below, "bios below when suspend had returned");
        assertEquals(BioStatus.OK, read.await());
        rig.deviceMapper().resume(TargetRig.DEVICE);
        rig.io().verifyAll();
    }

    @Test
    default void sus02_suspendedTargetSendsNothingDown(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.device();
        rig.io().fill();
        rig.deviceMapper().suspend(TargetRig.DEVICE);
        rig.bed().all().forEach(device -> device.recorder().take());
        List<Bios.UnderWay> reads = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            reads.add(startRead(rig));
        }
        assertTrue(reads.stream().noneMatch(Bios.UnderWay::hasEnded), "a bio ended on a suspended device");
        for (BedDevice device : rig.bed().all()) {
            assertEquals(List.of(), device.recorder().take(), () -> "sent to " + device.name() + " while suspended");
        }
        rig.deviceMapper().resume(TargetRig.DEVICE);
        for (Bios.UnderWay read : reads) {
            assertEquals(BioStatus.OK, read.await());
        }
    }

    @Test
    default void sus03_reloadInMidIoLosesNothing(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.device();
        rig.io().fill();
        String table = rig.table();
        whileBusy(rig, round -> {
            rig.deviceMapper().load(TargetRig.DEVICE, table);
            rig.deviceMapper().resume(TargetRig.DEVICE, flags(round));
        });
        rig.io().verifyAll();
    }

    @Test
    default void sus04_suspendInMidIoLosesNothing(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.device();
        rig.io().fill();
        whileBusy(rig, round -> {
            rig.deviceMapper().suspend(TargetRig.DEVICE, flags(round));
            rig.deviceMapper().resume(TargetRig.DEVICE);
        });
        rig.io().verifyAll();
    }

    @Test
    default void sus05_tableThatIsLoadedAndDroppedChangesNothing(TargetRig rig) throws Exception {
        rig.device();
        rig.io().fill();
        List<Integer> before = rig.allDevices().stream().map(BedDevice::open).toList();
        for (int i = 0; i < 3; i++) {
            rig.deviceMapper().load(TargetRig.DEVICE, rig.table());
            rig.deviceMapper().clear(TargetRig.DEVICE);
        }
        assertEquals(before, rig.allDevices().stream().map(BedDevice::open).toList(), "claims on the lower devices");
        if (rig.has(Behavior.READS)) {
            rig.io().verifyAll();
        }
    }

    @Test
    default void sus06_noflushSuspendEndsWhenTheDevicesFail(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.device();
        rig.io().fill();
        List<HeldBios> held = Faults.holdAll(rig);
        Bios.UnderWay read = startRead(rig);
        FutureTask<Void> suspend = new FutureTask<>(() -> {
            rig.deviceMapper().suspend(TargetRig.DEVICE, SuspendFlag.NOFLUSH);
            return null;
        });
        new Thread(suspend, "kit-suspend").start();
        held.forEach(HeldBios::remove);
        held.forEach(bios -> bios.end(BioStatus.TRANSPORT));
        Patience.call("suspend with noflush", () -> suspend.get());
        rig.deviceMapper().resume(TargetRig.DEVICE);
        read.await(); // with an error, or with OK if the target tried once more
        rig.io().verifyAll();
    }

    @Test
    default void sus07_dataStaysWhenTheDeviceIsMadeAnew(TargetRig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        for (int i = 0; i < 3; i++) {
            rig.io().fill();
            rig.remove();
            rig.io().verifyAll();
        }
    }

    private static SuspendFlag[] flags(int round) {
        return round % 2 == 0 ? new SuspendFlag[0] : new SuspendFlag[] {SuspendFlag.NOFLUSH};
    }

    /** What is done again and again while bios are under way. */
    interface Change {
        void make(int round) throws Exception;
    }

    private static void whileBusy(TargetRig rig, Change change) throws Exception {
        AtomicBoolean changing = new AtomicBoolean(true);
        RegionRun.Running running = new RegionRun(rig).start(20, changing::get);
        try {
            for (int round = 0; round < Soak.times(10, 500); round++) {
                change.make(round);
            }
        } finally {
            changing.set(false);
            running.await();
        }
    }

    private static Bios.UnderWay startRead(TargetRig rig) throws Exception {
        ByteBuffer payload = ByteBuffer.allocate(Math.toIntExact(rig.block() * Bio.SECTOR_SIZE));
        return rig.io().start(BioOp.READ, BioFlags.NONE, 0, rig.block(), payload);
    }

    private static int underWayBelow(TargetRig rig) {
        return rig.bed().all().stream()
                .mapToInt(device -> device.recorder().inFlight())
                .sum();
    }
}
