package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What is left when a target is gone: nothing. The harness looks for claims, bios and threads after every other rule as well. */
interface EndRules extends Rules {
    /** How long a removal gets to end before the bio of the target's own that is still with a device is let go. */
    long REMOVAL_MILLIS = 200;

    /** How long a bio gets to end that does not need the one held. Too short, and the rule sees less, but is never wrong. */
    long OWN_MILLIS = 50;

    /** So many bios of one device are held in turn: more than a target needs for a single one. */
    int MAX_HELD = 4;

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
        rig.io().fill();
        for (BedDevice device : rig.bed().all()) {
            for (BioOp op : List.of(BioOp.READ, BioOp.WRITE, BioOp.FLUSH)) {
                if (has(rig, op)) {
                    for (int third = 0; third < 3; third++) {
                        eachBioThatOneNeeds(rig, device, op, third);
                    }
                }
            }
        }
    }

    private static boolean has(TargetRig rig, BioOp op) {
        return switch (op) {
            case READ -> rig.has(Behavior.READS);
            case WRITE -> rig.has(Behavior.WRITES);
            default -> rig.has(Behavior.FLUSHES);
        };
    }

    /** Holds, one after another, every bio that a device gets for a bio of the rule's. If that ends nevertheless, the one held is the target's own. */
    private static void eachBioThatOneNeeds(TargetRig rig, BedDevice device, BioOp op, int third) throws Exception {
        for (int nth = 1; nth <= MAX_HELD; nth++) {
            HeldBios held = device.faults().hold(BioMatch.any().nth(nth));
            try {
                Bios.UnderWay bio = start(rig, op, third);
                if (!Patience.holds(() -> bio.hasEnded() || held.count() > 0)) {
                    throw new AssertionError(bio.bio() + ": has not ended, though no device holds anything back");
                }
                if (held.count() == 0) {
                    return;
                }
                if (bio.ended().await(OWN_MILLIS, TimeUnit.MILLISECONDS)) {
                    removeWithOneHeld(rig, device, held);
                }
                held.release();
                bio.await();
            } finally {
                held.remove();
                held.release();
            }
        }
    }

    private static Bios.UnderWay start(TargetRig rig, BioOp op, int third) throws Exception {
        if (op == BioOp.FLUSH) {
            return rig.io().start(op, BioFlags.NONE, 0, 0, null);
        }
        int block = (int) rig.block();
        long sector = rig.len() / block * third / 3 * block;
        byte[] content = rig.io().newContent(sector, block);
        return rig.io().start(op, BioFlags.NONE, sector, block, ByteBuffer.wrap(content));
    }

    private static void removeWithOneHeld(TargetRig rig, BedDevice device, HeldBios held) throws Exception {
        FutureTask<Void> removal = new FutureTask<>(() -> {
            rig.remove();
            return null;
        });
        Thread thread = new Thread(removal, "kit-removal");
        thread.setDaemon(true);
        thread.start();
        boolean early;
        try {
            removal.get(REMOVAL_MILLIS, TimeUnit.MILLISECONDS);
            early = true;
        } catch (TimeoutException e) {
            early = false;
        }
        int left = device.recorder().inFlight();
        held.release();
        assertTrue(!early || left == 0, () -> left + " bios were with " + device.name() + " when the target was gone");
        removal.get(Patience.millis(), TimeUnit.MILLISECONDS);
        rig.device();
    }
}
