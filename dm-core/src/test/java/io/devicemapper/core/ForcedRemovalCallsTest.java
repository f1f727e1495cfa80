package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.target.TargetBio;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** What a removal by force does where a call into a target never returns, or an operation waits for ever. */
class ForcedRemovalCallsTest extends ForcedRemovalBed {
    @Test
    void aMapThatNeverReturnsCostsItsThreadAlone() throws Exception {
        CountDownLatch inMap = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        target.map = (ti, bio) -> {
            inMap.countDown();
            awaitUninterruptibly(leave);
            return ScriptedTarget.linear(ti, bio);
        };
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        FutureTask<Request> submission = inBackground(() -> Request.submit(device, BioOp.WRITE, 0, 1));
        inMap.await();
        dm.remove("vol", RemoveFlag.FORCE);
        assertTrue(dm.device("vol").isEmpty());
        assertFalse(target.life().contains("dtr"), "it was taken apart while its code runs");
        assertThrows(BlockIoException.class, () -> device.read(0, ByteBuffer.allocate(512)));
        target.map = ScriptedTarget::linear;
        dm.create("vol", "0 10 map disk 100").write(0, ByteBuffer.allocate(512));
        assertEquals(List.of("WRITE 100+1"), disk.log());
        leave.countDown();
        assertEquals(BioStatus.OK, submission.get().await());
        assertEquals(List.of("WRITE 100+1", "WRITE 5+1"), disk.log());
        await(() -> target.life().contains("dtr"));
        assertEquals(1, target.life().stream().filter("dtr"::equals).count());
    }

    @Test
    void anOpenDeviceWithAMapThatNeverReturnsGoesOnAsAnyOther() throws Exception {
        CountDownLatch inMap = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        target.map = (ti, bio) -> {
            inMap.countDown();
            awaitUninterruptibly(leave);
            return bio.requeue();
        };
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        FutureTask<Request> submission = inBackground(() -> Request.submit(device, BioOp.READ, 0, 1));
        inMap.await();
        try (OpenHandle handle = device.open("somebody")) {
            assertThrows(DmException.class, () -> dm.remove("vol", RemoveFlag.FORCE));
            assertTrue(device.holders().contains("somebody"));
            target.map = ScriptedTarget::linear;
            dm.load("vol", "0 10 map disk 50");
            dm.suspend("vol");
            Request heldBack = Request.submit(device, BioOp.WRITE, 0, 1);
            dm.resume("vol");
            assertEquals(BioStatus.OK, heldBack.await());
            assertEquals(0, device.statistics().inFlight());
            leave.countDown();
            assertEquals(BioStatus.OK, submission.get().await(), "it was requeued, and mapped by the next table");
            await(() -> target.life().contains("dtr"));
            assertEquals(List.of("WRITE 50+1", "READ 50+1"), disk.log());
            assertEquals(device, handle.device());
        }
        dm.remove("vol");
    }

    @Test
    void anOperationThatWaitsForBiosGivesWay() throws Exception {
        keepAll();
        for (String operation : List.of("suspend", "remove", "resume")) {
            MappedDevice device = dm.create("vol", "0 10 map disk 5");
            dm.load("vol", "0 10 map disk 6");
            Request read = Request.submit(device, BioOp.READ, 0, 1);
            int before =
                    (int) target.life().stream().filter("presuspend"::equals).count();
            FutureTask<Void> waiting = inBackground(() -> {
                switch (operation) {
                    case "suspend" -> dm.suspend("vol");
                    case "remove" -> dm.remove("vol");
                    default -> dm.resume("vol");
                }
                return null;
            });
            await(() -> target.life().stream().filter("presuspend"::equals).count() > before);
            dm.remove("vol", RemoveFlag.FORCE);
            DmException refusal = (DmException)
                    assertThrows(ExecutionException.class, waiting::get).getCause();
            assertEquals(DmError.INTERRUPTED, refusal.error());
            assertEquals("vol: the wait for bios under way gave way to a forced removal", refusal.getMessage());
            assertEquals(BioStatus.IO, read.await());
            assertTrue(dm.device("vol").isEmpty());
        }
    }

    @Test
    void anOperationThatNeverEndsDoesNotKeepTheName() throws Exception {
        CountDownLatch inCtr = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        target.settings = ti -> {
            inCtr.countDown();
            awaitUninterruptibly(leave);
        };
        FutureTask<MappedDevice> create = inBackground(() -> dm.create("vol", "0 10 map disk 5"));
        inCtr.await();
        dm.remove("vol", RemoveFlag.FORCE);
        target.settings = ti -> {};
        dm.create("vol", "0 10 map disk 6").write(0, ByteBuffer.allocate(512));
        leave.countDown();
        DmException gone = (DmException)
                assertThrows(ExecutionException.class, create::get).getCause();
        assertEquals(DmError.NO_SUCH_DEVICE, gone.error());
        await(() -> target.life().contains("dtr"));
        assertEquals(List.of("WRITE 6+1"), disk.log());
        assertTrue(dm.device("vol").isPresent());
    }

    @Test
    void aLoadThatNeverEndsDoesNotKeepTheBios() throws Exception {
        CountDownLatch leave = new CountDownLatch(1);
        CountDownLatch inCtr = new CountDownLatch(1);
        Queue<TargetBio> kept = keepAll();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        FutureTask<Void> stuckLoad = inBackground(() -> {
            target.settings = ti -> {
                inCtr.countDown();
                awaitUninterruptibly(leave);
            };
            dm.load("vol", "0 10 map disk 5");
            return null;
        });
        inCtr.await();
        try (OpenHandle handle = device.open("somebody")) {
            assertEquals(
                    "vol: device is busy: held by somebody",
                    assertThrows(DmException.class, () -> dm.remove("vol", RemoveFlag.FORCE))
                            .getMessage());
            assertEquals(device, handle.device());
        }
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.IO, read.await());
        assertEquals(1, kept.size());
        leave.countDown();
        stuckLoad.get();
        await(() -> target.life().stream().filter("dtr"::equals).count() == 2);
        assertEquals(List.of(), device.holders());
    }
}
