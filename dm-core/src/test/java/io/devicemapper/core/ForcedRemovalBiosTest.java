package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.TargetBio;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a removal by force does to bios: those that a target keeps fail, and their payloads are abandoned. */
class ForcedRemovalBiosTest extends ForcedRemovalBed {
    @Test
    void biosThatATargetKeepsFail() throws Exception {
        Queue<TargetBio> kept = keepAll();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        Request write = Request.submit(device, BioOp.WRITE, 3, 2);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.IO, read.await());
        assertEquals(BioStatus.IO, write.await());
        assertTrue(read.bio.payloadAbandoned() && write.bio.payloadAbandoned());
        assertTrue(dm.device("vol").isEmpty());
        assertTrue(target.life().containsAll(List.of("presuspend", "postsuspend", "dtr")));
        assertEquals(
                List.of("vol: target map at sector 0: kept bios until they were taken from it, and failed"), breaches);
        kept.forEach(bio -> bio.complete(BioStatus.OK));
        kept.forEach(TargetBio::requeue);
        assertEquals(1, read.ends.get());
        assertEquals(1, write.ends.get());
        assertEquals(List.of(), disk.log());
    }

    @Test
    void biosThatATargetKeepsInEndIoFail() throws Exception {
        target.end = (ti, bio, status) -> EndIo.incomplete();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(BioStatus.IO, read.await());
        assertTrue(read.bio.payloadAbandoned());
    }

    @Test
    void aBioThatIsKeptTooLateIsTakenAtOnce() throws Exception {
        disk.hold();
        target.end = (ti, bio, status) -> EndIo.incomplete();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request read = Request.submit(device, BioOp.READ, 0, 1);
        dm.remove("vol", RemoveFlag.FORCE);
        assertEquals(UNDER_WAY, read.status, "it is below, on a device that is not ours to close");
        assertFalse(target.life().contains("dtr"));
        disk.release();
        assertEquals(BioStatus.IO, read.await());
        await(() -> target.life().contains("dtr"));
    }

    @Test
    void aDeviceThatBehavesLosesNoBio() throws Exception {
        dm.close();
        dm = open(Duration.ofSeconds(20));
        disk.hold();
        MappedDevice device = dm.create("vol", "0 10 map disk 5");
        Request write = Request.submit(device, BioOp.WRITE, 0, 1);
        FutureTask<Void> removal = inBackground(() -> {
            dm.remove("vol", RemoveFlag.FORCE);
            return null;
        });
        await(() -> target.life().contains("presuspend"));
        disk.release();
        removal.get();
        assertEquals(BioStatus.OK, write.await());
        assertFalse(write.bio.payloadAbandoned());
        assertEquals(List.of(), breaches);
        assertEquals(List.of("ctr", "preresume", "resume", "presuspend", "postsuspend", "dtr"), target.life());
    }

    @Test
    void anAbandonedPayloadIsKnownAtTheTopOfAStack() throws Exception {
        Queue<TargetBio> kept = keepAll();
        dm.create("low", "0 20 map disk 0");
        target.map = ScriptedTarget::linear;
        dm.create("middle", "0 10 map /dev/mapper/low 0\n10 10 map /dev/mapper/low 10");
        MappedDevice up = dm.create("up", "0 20 map /dev/mapper/middle 0");
        target.map = (ti, bio) -> ti.deviceName().equals("low") ? keep(kept, bio) : ScriptedTarget.linear(ti, bio);
        Request whole = Request.submit(up, BioOp.READ, 1, 2);
        Request split = Request.submit(up, BioOp.WRITE, 8, 4);
        Request ended = Request.submit(up, BioOp.WRITE, 3, 1);
        assertEquals(4, kept.size());
        kept.stream().filter(bio -> bio.sector() == 3).findFirst().orElseThrow().complete(BioStatus.OK);
        DmException busy = assertThrows(DmException.class, () -> dm.remove("low", RemoveFlag.FORCE));
        assertEquals("low: device is busy: held by mapped device middle", busy.getMessage());
        assertEquals(BioStatus.IO, whole.await());
        assertEquals(BioStatus.IO, split.await());
        assertEquals(BioStatus.OK, ended.await());
        assertTrue(whole.bio.payloadAbandoned() && split.bio.payloadAbandoned());
        assertFalse(ended.bio.payloadAbandoned());
        BlockIoException failure = assertThrows(BlockIoException.class, () -> up.read(0, ByteBuffer.allocate(512)));
        assertFalse(failure.bufferAbandoned());
    }

    @Test
    void anAbandonedPayloadSurvivesFuaAndPreflush() throws Exception {
        disk.limits(QueueLimits.builder().writeCache(true).build());
        keepAll();
        MappedDevice low = dm.create("low", "0 20 map disk 0");
        CountDownLatch ended = new CountDownLatch(1);
        Bio write = Bio.write(
                0, BioFlags.PREFLUSH | BioFlags.FUA, ByteBuffer.allocate(512), (bio, status) -> ended.countDown());
        low.submit(write);
        dm.remove("low", RemoveFlag.FORCE);
        ended.await();
        assertTrue(write.payloadAbandoned());
    }

    @Test
    void eachBioEndsOnceWhoeverWins() throws Exception {
        dm.close();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            dm = open(Duration.ofNanos(random.nextInt(300_000)));
            Queue<TargetBio> kept = new ConcurrentLinkedQueue<>();
            AtomicReference<DmDev> dev = new AtomicReference<>();
            target.map = (ti, bio) -> {
                dev.set(ti.state().dev());
                return keep(kept, bio);
            };
            if (random.nextBoolean()) {
                target.end = (ti, bio, status) -> random.nextBoolean() ? EndIo.done(status) : EndIo.requeue();
            }
            MappedDevice device = dm.create("vol", "0 10 map disk 5");
            List<Request> requests = new ArrayList<>();
            int count = 1 + random.nextInt(50);
            for (int i = 0; i < count; i++) {
                requests.add(Request.submit(device, BioOp.READ, random.nextInt(10), 1));
            }
            FutureTask<Void> ending = inBackground(() -> {
                for (TargetBio bio = kept.poll(); bio != null; bio = kept.poll()) {
                    switch (bio.hashCode() % 3) {
                        case 0 -> bio.complete(BioStatus.OK);
                        case 1 -> bio.requeue();
                        default -> bio.remap(dev.get(), bio.sector());
                    }
                }
                return null;
            });
            dm.remove("vol", RemoveFlag.FORCE);
            ending.get();
            for (Request request : requests) {
                request.await();
                assertEquals(1, request.ends.get(), "seed " + seed + " round " + round);
            }
            dm.close();
            target.end = (ti, bio, status) -> EndIo.done(status);
        }
        dm = open(Duration.ofMillis(50));
    }
}
