package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What is left when a target is gone: nothing. The harness looks for claims, bios and threads after every other rule as well. */
interface EndRules extends Rules {
    /** How long a removal gets to end before bios of the target's own that are still with a device are let go. */
    long REMOVAL_MILLIS = 200;

    @Test
    default void end01_noClaimIsLeft(TargetRig rig) throws Exception {
        for (int i = 0; i < 3; i++) {
            rig.io().fill();
            rig.reload(rig.table());
            rig.remove();
            for (BedDevice device : rig.allDevices()) {
                assertEquals(0, device.open(), () -> "claims left on " + device.name());
            }
        }
    }

    @Test
    default void end02_noThreadIsLeft(TargetRig rig) throws Exception {
        for (int i = 0; i < 5; i++) {
            rig.io().fill();
            rig.reload(rig.table());
        }
        rig.remove(); // the harness looks
    }

    @Test
    default void end03_classLoaderIsCollected(TargetRig rig) throws Exception {
        Class<?> type = rig.type().getClass();
        Assumptions.assumeTrue(LonelyLoader.canLoad(type), () -> type + " cannot be loaded once more from where it is");
        WeakReference<ClassLoader> loader = LonelyLoader.useOnce(rig, type);
        assertTrue(
                Patience.holds(() -> {
                    System.gc();
                    return loader.get() == null;
                }),
                "a class loader that had loaded the type, for one device that is gone, is still reachable");
    }

    @Test
    default void end04_eachTargetIsTakenApartOnce(TargetRig usual) throws Exception {
        WatchedType<?> watch = WatchedType.of(usual.type());
        TargetRig rig = usual.watched(watch);
        rig.device();
        rig.deviceMapper().load(TargetRig.DEVICE, rig.table());
        rig.deviceMapper().clear(TargetRig.DEVICE);
        rig.reload(rig.table());
        rig.io().fill();
        rig.remove();
        assertEquals(watch.constructed(), watch.destroyed(), "targets made, and taken apart");
    }

    @Test
    default void end05_noBioOfItsOwnOutlivesTheTarget(TargetRig rig) throws Exception {
        rig.device();
        rig.io().fill();
        for (BedDevice device : List.copyOf(rig.bed().all())) {
            HeldBios held = device.faults().hold(BioMatch.any());
            List<Bios.UnderWay> bios = startSome(rig);
            CountDownLatch removed = new CountDownLatch(1);
            Thread thread = new Thread(() -> {
                try {
                    rig.remove();
                    removed.countDown();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            thread.start();
            boolean early = removed.await(REMOVAL_MILLIS, TimeUnit.MILLISECONDS);
            int left = device.recorder().inFlight();
            held.remove();
            held.release();
            assertTrue(
                    !early || left == 0, () -> left + " bios were with " + device.name() + " when the target was gone");
            Patience.await(removed, "removing the device");
            for (Bios.UnderWay bio : bios) {
                bio.await();
            }
            rig.device();
        }
    }

    private static List<Bios.UnderWay> startSome(TargetRig rig) throws Exception {
        List<Bios.UnderWay> bios = new ArrayList<>();
        int block = (int) rig.block();
        for (int i = 0; i < 3; i++) {
            long sector = i * (rig.len() / block / 3) * block;
            if (rig.has(Behavior.WRITES)) {
                byte[] content = rig.io().newContent(sector, block);
                bios.add(rig.io().start(BioOp.WRITE, BioFlags.NONE, sector, block, ByteBuffer.wrap(content)));
            }
        }
        return bios;
    }
}
