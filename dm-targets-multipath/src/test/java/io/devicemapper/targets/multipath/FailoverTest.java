package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.SuspendFlag;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.BioMatch;
import io.devicemapper.testkit.FaultDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of bios when paths fail, and when the device is suspended meanwhile. */
@Timeout(120)
class FailoverTest {
    @ParameterizedTest
    @EnumSource(
            value = BioStatus.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OK"})
    void onlyErrorsOfThePathFailIt(BioStatus status) throws Exception {
        FaultDevice first = new FaultDevice(RamDevice.create("first", 4096));
        FaultDevice second = new FaultDevice(RamDevice.create("second", 4096));
        first.fail(BioMatch.any(), status);
        try (DeviceMapper deviceMapper = DeviceMapper.builder()
                .device("first", first)
                .device("second", second)
                .build()) {
            MappedDevice device =
                    deviceMapper.create("mp", "0 8 multipath 0 0 2 1 round-robin 0 1 0 first round-robin 0 1 0 second");
            List<BioStatus> ended = new ArrayList<>();
            device.submit(Bio.write(0, BioFlags.NONE, ByteBuffer.allocate(512), (bio, how) -> ended.add(how)));
            boolean ofThePath = status == BioStatus.IO || status == BioStatus.TRANSPORT || status == BioStatus.TIMEOUT;
            assertEquals(List.of(ofThePath ? BioStatus.OK : status), ended);
            assertEquals(ofThePath ? 1 : 0, device.eventNumber());
        }
    }

    @Test
    void lowerDevicesAreToldNotToRetry() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0 0 1 1 round-robin 0 1 0 a");
            List<Integer> flags = new ArrayList<>();
            bed.path("a").observe(bio -> flags.add(bio.flags()));
            bed.write(0, 1).await();
            bed.submit(BioOp.WRITE, BioFlags.FUA, 0, 1, PathBed.sectorOf(2)).await();
            assertEquals(List.of(BioFlags.FAILFAST, BioFlags.FAILFAST | BioFlags.FUA), flags);
        }
    }

    @Test
    void groupsAreStickyUnlessFailBackIsWanted() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0 0 2 1 round-robin 0 1 0 a round-robin 0 1 0 b");
            bed.path("a").die();
            assertEquals(BioStatus.OK, bed.write(0, 1).await());
            bed.path("a").connect();
            bed.message("reinstate_path a");
            assertEquals(BioStatus.OK, bed.write(0, 2).await());
            assertEquals("2 0 0 0 2 2 E 0 1 0 a A 1 A 0 1 0 b A 0 ", bed.info());
            bed.deviceMapper().remove("mp");
            bed.create("2 failback_secs 0 0 2 1 round-robin 0 1 0 a round-robin 0 1 0 b");
            bed.path("a").die();
            assertEquals(BioStatus.OK, bed.write(0, 3).await());
            bed.path("a").connect();
            bed.message("reinstate_path a");
            PathBed.until("the way back", () -> bed.info().startsWith("2 0 0 0 2 1 "));
            assertEquals(BioStatus.OK, bed.write(0, 4).await());
            assertEquals("2 0 0 0 2 1 A 0 1 0 a A 1 E 0 1 0 b A 0 ", bed.info());
        }
    }

    @Test
    void withoutAPathBiosWaitFailOrWaitForATime() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("3 queue_if_no_path no_path_timeout_secs 1 0 1 1 round-robin 0 1 0 a");
            bed.path("a").die();
            PathBed.Outcome bounded = bed.write(0, 1);
            assertTrue(bounded.isOpen());
            assertEquals(BioStatus.IO, bounded.await(), "after a second");
            assertEquals(BioStatus.IO, bed.write(0, 1).await(), "at once");
            bed.path("a").connect();
            bed.message("reinstate_path a");
            assertEquals(BioStatus.OK, bed.write(0, 2).await());
            bed.path("a").die();
            PathBed.Outcome again = bed.write(0, 3);
            assertTrue(again.isOpen(), "the wait is bounded anew");
            bed.message("fail_if_no_path");
            assertEquals(BioStatus.IO, again.await());
            bed.message("queue_if_no_path");
            PathBed.Outcome queued = bed.write(0, 4);
            bed.path("a").connect();
            bed.message("reinstate_path a");
            assertEquals(BioStatus.OK, queued.await());
            assertEquals(4, bed.read(0));
        }
    }

    @Test
    void aSuspendFailsWhatWaitsForAPath() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("1 queue_if_no_path 0 1 1 round-robin 0 1 0 a");
            bed.path("a").die();
            PathBed.Outcome queued = bed.write(0, 1);
            assertTrue(queued.isOpen());
            bed.deviceMapper().suspend("mp");
            assertEquals(BioStatus.IO, queued.await());
            assertThrows(DmException.class, () -> bed.message("reinstate_path a"));
            bed.deviceMapper().resume("mp");
            PathBed.Outcome next = bed.write(0, 2);
            assertTrue(next.isOpen(), "bios wait again");
            bed.path("a").connect();
            bed.message("reinstate_path a");
            assertEquals(BioStatus.OK, next.await());
        }
    }

    @Test
    void aSuspendWithNoflushKeepsWhatWaitsForTheNextTable() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("1 queue_if_no_path 0 1 1 round-robin 0 1 0 a");
            bed.path("a").die();
            PathBed.Outcome queued = bed.write(5, 7);
            bed.deviceMapper().load("mp", PathBed.table("0 0 1 1 round-robin 0 1 0 b"));
            bed.deviceMapper().suspend("mp", SuspendFlag.NOFLUSH);
            assertTrue(queued.isOpen());
            bed.deviceMapper().resume("mp");
            assertEquals(BioStatus.OK, queued.await());
            assertEquals(7, bed.read(5));
        }
    }

    @Test
    void aPathThatFailsDuringASuspendWithNoflushKeepsItsBio() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0 0 1 1 round-robin 0 1 0 a");
            bed.path("a").stop();
            PathBed.Outcome write = bed.write(5, 7);
            CompletableFuture<Void> suspend = CompletableFuture.runAsync(() -> suspendNoflush(bed));
            PathBed.until("the suspend", () -> !bed.info().isEmpty() && suspendBegan(bed));
            bed.path("a").die();
            suspend.get(60, TimeUnit.SECONDS);
            assertTrue(write.isOpen());
            bed.deviceMapper().load("mp", PathBed.table("0 0 1 1 round-robin 0 1 0 b"));
            bed.deviceMapper().resume("mp");
            assertEquals(BioStatus.OK, write.await());
        }
    }

    /** New bios are held back from some moment of a suspend on. */
    private static boolean suspendBegan(PathBed bed) {
        long before = bed.path("a").requests();
        bed.write(100, 1);
        return bed.path("a").requests() == before;
    }

    private static void suspendNoflush(PathBed bed) {
        try {
            bed.deviceMapper().suspend("mp", SuspendFlag.NOFLUSH);
        } catch (DmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aTableWithoutPathsKeepsTheLimitsOfTheOneBefore() throws Exception {
        try (PathBed bed = new PathBed()) {
            MappedDevice device = bed.create("0 0 1 1 round-robin 0 1 0 a");
            var limits = device.limits();
            assertTrue(limits.maxDiscardSectors() > 0);
            bed.deviceMapper().load("mp", PathBed.table("1 queue_if_no_path 0 0 0"));
            bed.deviceMapper().resume("mp");
            assertEquals(limits, device.limits());
            PathBed.Outcome queued = bed.write(0, 1);
            assertTrue(queued.isOpen());
            bed.deviceMapper().load("mp", PathBed.table("0 0 1 1 round-robin 0 1 0 a"));
            bed.deviceMapper().resume("mp", SuspendFlag.NOFLUSH);
            assertEquals(BioStatus.OK, queued.await());
        }
    }

    @Test
    void theCheckerReinstatesPaths() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("2 check_msecs 1 0 1 1 round-robin 0 2 0 a b");
            bed.path("a").die();
            for (int i = 0; i < 4; i++) {
                assertEquals(BioStatus.OK, bed.write(i, i).await());
            }
            long looks = bed.path("a").requests();
            PathBed.until("some looks", () -> bed.path("a").requests() > looks + 3);
            assertTrue(bed.info().contains(" a F "));
            bed.path("a").connect();
            PathBed.until("the path to be back", () -> bed.info().contains(" a A "));
            assertFalse(bed.info().contains(" b F "));
        }
    }

    @Test
    void tablesReadBackAsTheyAre() throws Exception {
        try (PathBed bed = new PathBed()) {
            String args = "13 queue_if_no_path no_path_timeout_secs 9 io_timeout_msecs 500000 in_doubt_secs 7"
                    + " failback_secs 5 check_msecs 300000 shared_cache retain_attached_hw_handler 0 1 1"
                    + " queue-length 0 2 1 a 1 b 1 ";
            bed.create(args.strip());
            String table =
                    bed.device().liveTable().orElseThrow().targets().get(0).status(StatusType.TABLE);
            bed.deviceMapper().remove("mp");
            bed.create(table.strip());
            assertEquals(
                    table,
                    bed.device().liveTable().orElseThrow().targets().get(0).status(StatusType.TABLE));
            for (String feature : args.split(" ", -1)) {
                assertTrue(table.contains(feature), feature);
            }
        }
    }
}
