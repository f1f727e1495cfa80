package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.QueueLimits;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to a bio between a mapped device and the devices below it, whatever the target does. */
class BioPathTest {
    private final MemoryDevice a = new MemoryDevice("a", 1000);
    private final MemoryDevice b = new MemoryDevice("b", 1000);
    private final ScriptedTarget target = new ScriptedTarget("map");
    private DeviceMapper dm;

    @BeforeEach
    void open() {
        dm = DeviceMapper.builder()
                .serviceLoader(false)
                .targetType(target)
                .device("a", a)
                .device("b", b)
                .build();
    }

    @AfterEach
    void close() throws DmException {
        dm.close();
        assertTrue(target.life().stream().filter("ctr"::equals).count()
                == target.life().stream().filter("dtr"::equals).count());
    }

    private static ByteBuffer pattern(int sectors, int seed) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(sectors * 512);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) (i * 31 + (i >> 9) + seed));
        }
        return buffer;
    }

    private static BioStatus status(MappedDevice device, BioOp op, int flags, long sector, long sectors)
            throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        List<BioStatus> answers = new ArrayList<>();
        ByteBuffer payload = op.hasPayload() ? ByteBuffer.allocate((int) sectors * 512) : null;
        device.submit(Bio.of(op, flags, sector, sectors, payload, (bio, status) -> {
            answers.add(status);
            done.countDown();
        }));
        assertTrue(done.await(20, TimeUnit.SECONDS), "the bio never ended");
        return answers.get(0);
    }

    @Test
    void aBioOverThreeTargetsLandsWhereTheTableSays() throws Exception {
        MappedDevice device = dm.create("vol", "0 7 map a 100\n7 5 map b 3\n12 8 map a 17");
        ByteBuffer data = pattern(18, 5);
        device.write(1, data);
        assertEquals(List.of("WRITE 101+6", "WRITE 17+7"), a.log());
        assertEquals(List.of("WRITE 3+5"), b.log());
        ByteBuffer back = ByteBuffer.allocate(18 * 512);
        device.read(1, back);
        assertEquals(data.position(), 0);
        assertEquals(data, back);
    }

    @Test
    void piecesEndAtMultiplesOfTheLongestIo() throws Exception {
        target.settings = ti -> ti.maxIoLen(5);
        MappedDevice device = dm.create("vol", "0 3 map a 0\n3 100 map a 50");
        device.read(1, ByteBuffer.allocate(14 * 512));
        assertEquals(List.of("READ 1+2", "READ 50+5", "READ 55+5", "READ 60+2"), a.log());
    }

    @Test
    void thePayloadsPositionAndLimitAreRespectedAndStay() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 9\n4 4 map b 2");
        ByteBuffer whole = pattern(10, 1);
        ByteBuffer part = whole.duplicate().position(512).limit(512 * 7);
        device.write(1, part);
        assertEquals(512, part.position());
        assertEquals(512 * 7, part.limit());
        byte[] expected = new byte[512 * 3];
        whole.get(512, expected);
        byte[] found = new byte[512 * 3];
        System.arraycopy(a.bytes(), 10 * 512, found, 0, found.length);
        assertArrayEquals(expected, found);
    }

    @Test
    void theFirstErrorOfAnyPieceFailsTheBio() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 0\n4 4 map b 0");
        b.answer(bio -> BioStatus.MEDIUM);
        assertEquals(BioStatus.MEDIUM, status(device, BioOp.READ, 0, 2, 4));
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 4));
    }

    @Test
    void whatLiesBeyondTheEndFails() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, 8, 1));
        assertEquals(BioStatus.IO, status(device, BioOp.WRITE, 0, 7, 2));
        assertEquals(BioStatus.IO, status(device, BioOp.DISCARD, 0, 7, Long.MAX_VALUE - 10));
        assertEquals(List.of(), a.log());
    }

    @Test
    void aFlushReachesEachWritableDeviceOnce() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 0\n4 4 map b 0\n8 4 map a 20");
        device.flush();
        assertEquals(List.of("FLUSH 0+0"), a.log());
        assertEquals(List.of("FLUSH 0+0"), b.log());
        b.answer(bio -> BioStatus.IO);
        assertThrows(BlockIoException.class, device::flush);
    }

    @Test
    void aTargetThatAsksForThemGetsNumberedFlushes() throws Exception {
        target.settings = ti -> ti.flushBios(2);
        List<Integer> copies = new ArrayList<>();
        target.map = (ti, bio) -> {
            copies.add(bio.copyNumber());
            return ScriptedTarget.linear(ti, bio);
        };
        MappedDevice device = dm.create("vol", "0 4 map a 0");
        device.flush();
        assertEquals(List.of(0, 1), copies);
        assertEquals(List.of("FLUSH 0+0", "FLUSH 0+0"), a.log());
    }

    @Test
    void fuaIsAWriteAndAFlushWhereTheDeviceLacksIt() throws Exception {
        a.limits(QueueLimits.builder().writeCache(true).build());
        MappedDevice device = dm.create("vol", "0 8 map a 10\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.FUA, 1, 2));
        assertEquals(List.of("WRITE 11+2", "FLUSH 0+0"), a.log());
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.FUA, 9, 2));
        assertEquals(List.of("WRITE(FUA) 1+2"), b.log());
    }

    @Test
    void aPreflushComesBeforeTheData() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.PREFLUSH | BioFlags.FUA, 1, 2));
        assertEquals(List.of("FLUSH 0+0", "WRITE(FUA) 1+2"), a.log());
        assertEquals(List.of("FLUSH 0+0"), b.log());
        b.answer(bio -> BioStatus.IO);
        assertEquals(BioStatus.IO, status(device, BioOp.WRITE, BioFlags.PREFLUSH, 1, 2));
        assertEquals(3, a.log().size());
    }

    @Test
    void discardsNeedEveryTargetsSupport() throws Exception {
        MappedDevice both = dm.create("both", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.OK, status(both, BioOp.DISCARD, 0, 4, 8));
        assertEquals(List.of("DISCARD 4+4"), a.log());
        assertEquals(List.of("DISCARD 0+4"), b.log());
        b.limits(QueueLimits.DEFAULT);
        MappedDevice one = dm.create("one", "0 8 map a 0\n8 8 map b 0");
        assertEquals(0, one.limits().maxDiscardSectors());
        assertEquals(BioStatus.UNSUPPORTED, status(one, BioOp.DISCARD, 0, 0, 4));
    }

    @Test
    void aReadOnlyTableRefusesChanges() throws Exception {
        MappedDevice device = dm.create(CreateRequest.named("ro").readOnly(true).table("0 8 map a 0"));
        assertEquals(BioStatus.NOT_PERMITTED, status(device, BioOp.WRITE, 0, 0, 1));
        assertEquals(BioStatus.NOT_PERMITTED, status(device, BioOp.DISCARD, 0, 0, 1));
        assertEquals(BioStatus.OK, status(device, BioOp.READ, 0, 0, 1));
        assertEquals(BioStatus.OK, status(device, BioOp.FLUSH, 0, 0, 0));
        assertEquals(List.of("READ 0+1"), a.log());
    }

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

    @Test
    void aBioThatCannotBeSplitFailsWhenItsPiecesHaveEndedAndLeavesTheGate() throws Exception {
        MappedDevice device = dm.create("vol", "0 4 map a 0\n4 4 map b 0");
        ByteBuffer payload = ByteBuffer.allocate(8 * 512);
        List<BioStatus> answers = new ArrayList<>();
        a.hold();
        Bio bio = Bio.read(0, payload, (b, status) -> answers.add(status));
        payload.limit(4 * 512); // which no submitter may do: the second slice is out of bounds
        device.submit(bio);
        assertEquals(List.of(), answers);
        a.release();
        assertEquals(List.of(BioStatus.IO), answers);
        dm.suspend("vol");
        dm.resume("vol");
    }

    @Test
    void aLowerDeviceThatCannotTellItsLimitsFailsTheBioAlone() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        QueueLimits before = a.limits();
        a.limits(null);
        assertEquals(BioStatus.IO, status(device, BioOp.WRITE, BioFlags.FUA, 0, 4));
        assertEquals(BioStatus.IO, status(device, BioOp.FLUSH, 0, 0, 0));
        a.limits(before);
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE, BioFlags.FUA, 0, 4));
        dm.suspend("vol");
    }

    @Test
    void fastZeroesChangeNothingUnlessEveryDeviceHasThem() throws Exception {
        a.limits(a.limits().toBuilder().fastZeroes(true).build());
        MappedDevice device = dm.create("vol", "0 8 map a 0\n8 8 map b 0");
        assertEquals(BioStatus.UNSUPPORTED, status(device, BioOp.WRITE_ZEROES, BioFlags.FAST_ONLY, 0, 16));
        assertEquals(List.of(), a.log());
        assertEquals(BioStatus.OK, status(device, BioOp.WRITE_ZEROES, 0, 0, 16));
    }

    @Test
    void aLongDiscardIsSplitAtWholeBlocks() throws Exception {
        QueueLimits blocks = QueueLimits.builder()
                .logicalBlockSize(4096)
                .maxDiscardSectors(21)
                .build();
        a.limits(blocks);
        MappedDevice device = dm.create("vol", "0 40 map a 8");
        assertEquals(BioStatus.OK, status(device, BioOp.DISCARD, 0, 0, 40));
        assertEquals(List.of("DISCARD 8+16", "DISCARD 24+16", "DISCARD 40+8"), a.log());
    }

    @Test
    void aFlushGoesDownThroughDevicesWhoseTablesWereLoadedBeforeThereWasACache() throws Exception {
        a.limits(QueueLimits.DEFAULT);
        dm.create("l0", "0 8 map a 0");
        dm.create("l1", "0 8 map /dev/mapper/l0 0");
        dm.create("l2", "0 8 map /dev/mapper/l1 0");
        MappedDevice top = dm.create("l3", "0 8 map /dev/mapper/l2 0");
        dm.load("l0", "0 8 map b 0");
        dm.resume("l0");
        top.flush();
        assertEquals(List.of("FLUSH 0+0"), b.log());
        b.limits(QueueLimits.builder().writeCache(true).build());
        assertEquals(BioStatus.OK, status(top, BioOp.WRITE, BioFlags.FUA, 0, 4));
        assertEquals(List.of("FLUSH 0+0", "WRITE 0+4", "FLUSH 0+0"), b.log());
    }

    @Test
    void aBioHeldBackByASuspendIsCountedOnce() throws Exception {
        MappedDevice device = dm.create("vol", "0 8 map a 0");
        dm.suspend("vol");
        List<BioStatus> answers = new ArrayList<>();
        device.submit(Bio.read(0, ByteBuffer.allocate(1024), (bio, status) -> answers.add(status)));
        dm.resume("vol");
        assertEquals(List.of(BioStatus.OK), answers);
        assertEquals(1, device.statistics().reads());
        assertEquals(2, device.statistics().sectorsRead());
    }

    @Test
    void breachesAreReportedOnceForEachKindNotForEachSector() throws Exception {
        MappedDevice device = dm.create("vol", "0 100 map a 0");
        target.map = (ti, bio) -> bio.remap(ti.state().dev(), 5000 + bio.sector());
        for (int i = 0; i < 100; i++) {
            assertEquals(BioStatus.IO, status(device, BioOp.READ, 0, i, 1));
        }
        assertEquals(1, device.live().slotsSoFar().get(0).breachesReported());
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
