package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Towers of devices and chains of completions, of any height. */
class DeepStackTest extends BioPathBed {
    @Test
    void aDeepStackOfDevicesNeedsNoDeepStackOfCalls() throws Exception {
        String below = "a";
        for (int i = 0; i < 3000; i++) {
            dm.create("d" + i, "0 8 map " + below + " 0");
            below = "/dev/mapper/d" + i;
        }
        MappedDevice top = dm.device(below).orElseThrow();
        ByteBuffer data = pattern(8, 3);
        top.write(0, data);
        ByteBuffer back = ByteBuffer.allocate(8 * 512);
        top.read(0, back);
        assertEquals(data, back);
        top.flush();
        assertEquals("FLUSH 0+0", a.log().get(a.log().size() - 1));
    }

    @Test
    void aDiamondOfDevicesIsSearchedForCyclesInNoTime() throws Exception {
        dm.create("d0", "0 8 map a 0");
        for (int i = 1; i <= 60; i++) {
            String below = "/dev/mapper/d" + (i - 1);
            dm.create("l" + i, "0 8 map " + below + " 0");
            dm.create("r" + i, "0 8 map " + below + " 0");
            dm.create("d" + i, "0 4 map /dev/mapper/l" + i + " 0\n4 4 map /dev/mapper/r" + i + " 0");
        }
        DmException cycle = assertThrows(DmException.class, () -> dm.load("d0", "0 8 map /dev/mapper/d60 0"));
        assertTrue(cycle.getMessage().contains("cycle: d0 -> d60 -> "), cycle.getMessage());
    }

    @Test
    void aCompletionMaySubmitTheNextBioForever() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(100_000);
        submitNext(device, left, done);
        assertTrue(done.await(20, TimeUnit.SECONDS));
    }

    private static void submitNext(MappedDevice device, AtomicInteger left, CountDownLatch done) {
        device.submit(Bio.read(0, ByteBuffer.allocate(512), (bio, status) -> {
            if (left.decrementAndGet() == 0) {
                done.countDown();
            } else {
                submitNext(device, left, done);
            }
        }));
    }
}
