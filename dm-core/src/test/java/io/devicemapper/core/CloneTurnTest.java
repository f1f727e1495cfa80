package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Bios whose turn changes on other threads while {@code map} or {@code endIo} has still to return: each ends exactly once, whoever is faster.
 */
class CloneTurnTest {
    private static final int BIOS = Boolean.getBoolean("dm.soak") ? 2_000_000 : 60_000;
    private static final int IN_FLIGHT = 64;

    private final MemoryDevice a = new MemoryDevice("a", 4096);
    private final ScriptedTarget target = new ScriptedTarget("map");
    private final ConcurrentLinkedQueue<TargetBio> handedOver = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .device("a", a)
                .build();
        a.doNotLog();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
    }

    /** What another thread of the target does with a bio that it finds, perhaps before map or endIo has returned. */
    private interface Hand {
        void take(TargetBio bio, SplittableRandom random);
    }

    @Test
    void aBioRemappedByAnotherThreadWhileMapReturns() throws Exception {
        target.map = (ti, bio) -> handOver(bio);
        stress((bio, random) -> remap(bio), BioStatus.OK);
    }

    @Test
    void aBioCompletedByAnotherThreadWhileMapReturns() throws Exception {
        target.map = (ti, bio) -> handOver(bio);
        stress((bio, random) -> bio.complete(BioStatus.NO_SPACE), BioStatus.NO_SPACE);
    }

    @Test
    void aBioThatEndIoRemapsWhileMapReturns() throws Exception {
        target.map = (ti, bio) -> handOver(bio);
        target.end = (ti, bio, status) -> {
            if (bio.context() == null) {
                bio.context("sent again");
                remap(bio);
                return EndIo.incomplete();
            }
            return EndIo.done(status);
        };
        stress((bio, random) -> remap(bio), BioStatus.OK);
    }

    @Test
    void aBioThatEndIoKeepsForAnotherThread() throws Exception {
        target.end = (ti, bio, status) -> {
            if (bio.context() == null) {
                bio.context("sent again");
                handedOver.add(bio);
                return EndIo.incomplete();
            }
            return EndIo.done(status);
        };
        stress((bio, random) -> remap(bio), BioStatus.OK);
    }

    @Test
    void aBioRequeuedByAnotherThreadAndMappedAgainWhileMapReturns() throws Exception {
        target.map = (ti, bio) -> {
            if (bio.context() == null) {
                bio.context(ti);
                return handOver(bio);
            }
            return ScriptedTarget.linear(ti, bio);
        };
        stress(
                (bio, random) -> {
                    DmTarget<?> ti = (DmTarget<?>) bio.context();
                    bio.requeue();
                    ti.retryRequeued();
                },
                BioStatus.OK);
    }

    @Test
    void everythingAtOnce() throws Exception {
        target.map = (ti, bio) -> {
            int way = (int) (bio.sector() % 5);
            if (bio.context() == null) {
                bio.context(new int[] {3});
            }
            int[] left = (int[]) bio.context();
            if (left[0]-- <= 0) {
                return ScriptedTarget.linear(ti, bio);
            }
            if (way == 0) {
                MapResult result = bio.requeue();
                ti.retryRequeued();
                return result;
            }
            return way == 1 ? bio.complete(BioStatus.IO) : way == 2 ? ScriptedTarget.linear(ti, bio) : handOver(bio);
        };
        target.end = (ti, bio, status) -> {
            int[] left = (int[]) bio.context();
            if (left[0]-- <= 0) {
                return EndIo.done(BioStatus.OK);
            }
            if (bio.sector() % 3 == 0) {
                remap(bio);
                return EndIo.incomplete();
            }
            if (bio.sector() % 3 == 1) {
                return EndIo.requeue();
            }
            handedOver.add(bio);
            return EndIo.incomplete();
        };
        stress(
                (bio, random) -> {
                    switch (random.nextInt(3)) {
                        case 0 -> remap(bio);
                        case 1 -> bio.complete(BioStatus.IO);
                        default -> bio.requeue();
                    }
                },
                null);
    }

    private MapResult handOver(TargetBio bio) {
        handedOver.add(bio);
        return bio.submitted();
    }

    private void remap(TargetBio bio) {
        ScriptedTarget.State state = (ScriptedTarget.State)
                dm.device("vol").orElseThrow().live().slotsSoFar().get(0).state();
        bio.remap(state.dev(), bio.sector());
    }

    /** Submits many bios while another thread takes those that the target hands over; checks that each has ended once. */
    private void stress(Hand hand, BioStatus expected) throws Exception {
        long seed = System.nanoTime();
        System.out.println("CloneTurnTest seed " + seed);
        MappedDevice device = dm.create("vol", "0 4096 map a 0");
        Thread taker = new Thread(
                () -> {
                    SplittableRandom random = new SplittableRandom(seed);
                    while (!over.get()) {
                        TargetBio bio = handedOver.poll();
                        if (bio == null) {
                            Thread.onSpinWait();
                        } else {
                            hand.take(bio, random);
                        }
                    }
                },
                "taker");
        taker.start();
        try {
            AtomicIntegerArray endings = new AtomicIntegerArray(BIOS);
            Semaphore room = new Semaphore(IN_FLIGHT);
            ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
            CountDownLatch ended = new CountDownLatch(BIOS);
            for (int i = 0; i < BIOS; i++) {
                int number = i;
                assertTrue(room.tryAcquire(30, TimeUnit.SECONDS), "bios got lost");
                device.submit(Bio.read(i % 4096, ByteBuffer.allocate(512), (bio, status) -> {
                    endings.incrementAndGet(number);
                    if (expected != null && status != expected) {
                        wrong.add(bio + " " + status);
                    }
                    room.release();
                    ended.countDown();
                }));
            }
            assertTrue(ended.await(30, TimeUnit.SECONDS), ended.getCount() + " bios got lost");
            for (int i = 0; i < BIOS; i++) {
                assertEquals(1, endings.get(i), "bio " + i);
            }
            assertTrue(wrong.isEmpty(), () -> wrong.size() + " with a wrong status, such as " + wrong.peek());
            dm.suspend("vol"); // nothing is left inside the gate
            assertEquals(0, device.statistics().inFlight());
            assertEquals(0, device.live().slotsSoFar().get(0).reports().breachesReported());
            dm.resume("vol");
        } finally {
            over.set(true);
            taker.join();
        }
    }
}
