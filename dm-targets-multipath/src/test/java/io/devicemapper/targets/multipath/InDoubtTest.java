package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DmException;
import io.devicemapper.core.SuspendFlag;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A write that a path lost without a reply may still be carried out; nothing newer may be undone by it. */
@Timeout(120)
class InDoubtTest {
    private static final String TWO_GROUPS = " 0 2 1 round-robin 0 1 0 a round-robin 0 1 0 b";

    /** Path {@code a} has been given up on with a write of 1 to sector 8 unanswered, which {@code b} has carried out meanwhile. */
    private static PathBed withAWriteInDoubt(String features) throws Exception {
        PathBed bed = new PathBed();
        boolean ready = false;
        try {
            bed.create(features + TWO_GROUPS);
            bed.path("a").stop();
            PathBed.Outcome old = bed.write(8, 1);
            bed.path("a").giveUp();
            assertEquals(BioStatus.OK, old.await());
            ready = true;
            return bed;
        } finally {
            if (!ready) {
                bed.close();
            }
        }
    }

    @Test
    void aNewerWriteWaitsForTheEndOfTheDoubt() throws Exception {
        try (PathBed bed = withAWriteInDoubt("0")) {
            assertEquals("in_doubt 1 waiting 0 ever_in_doubt 1 ever_waited 0", bed.message("in_doubt"));
            PathBed.Outcome newer = bed.write(8, 2);
            PathBed.Outcome zeroes = bed.submit(BioOp.WRITE_ZEROES, BioFlags.NONE, 0, 16, null);
            PathBed.Outcome discard = bed.submit(BioOp.DISCARD, BioFlags.NONE, 8, 1, null);
            assertTrue(newer.isOpen() && zeroes.isOpen() && discard.isOpen());
            assertEquals(BioStatus.OK, bed.write(9, 3).await(), "next to it");
            assertEquals(1, bed.read(8), "reads do not wait");
            assertEquals("in_doubt 1 waiting 3 ever_in_doubt 1 ever_waited 3", bed.message("in_doubt"));
            bed.path("a").goOn(); // and carries the old one out
            assertEquals(BioStatus.OK, newer.await());
            zeroes.await();
            discard.await();
            assertEquals(BioStatus.OK, bed.write(8, 4).await());
            assertEquals(4, bed.onDisk(8));
            assertEquals("in_doubt 0 waiting 0 ever_in_doubt 1 ever_waited 3", bed.message("in_doubt"));
        }
    }

    @Test
    void aTimeOutLeavesADoubtThatTheLateReplyEnds() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("2 io_timeout_msecs 20" + TWO_GROUPS);
            assertEquals(BioStatus.OK, bed.write(8, 9).await());
            bed.path("a").stop();
            ByteBuffer content = ByteBuffer.allocate(512);
            PathBed.Outcome read = bed.submit(BioOp.READ, BioFlags.NONE, 8, 1, content);
            ByteBuffer data = PathBed.sectorOf(1);
            PathBed.Outcome old = bed.submit(BioOp.WRITE, BioFlags.NONE, 8, 1, data);
            assertEquals(BioStatus.OK, read.await());
            assertEquals(BioStatus.OK, old.await());
            assertEquals(2, bed.path("a").unanswered());
            // Both buffers are the submitter's again: what the path still does with its own must not be seen.
            content.put(0, (byte) 77);
            data.put(0, (byte) 78);
            PathBed.Outcome newer = bed.write(8, 2);
            assertTrue(newer.isOpen());
            bed.path("a").goOn();
            assertEquals(BioStatus.OK, newer.await());
            assertEquals(77, content.get(0));
            assertEquals(2, bed.onDisk(8));
        }
    }

    @Test
    void aPathThatDiesLeavesNoDoubt() throws Exception {
        try (PathBed bed = new PathBed()) {
            bed.create("0" + TWO_GROUPS);
            bed.path("a").stop();
            PathBed.Outcome old = bed.write(8, 1);
            bed.path("a").die();
            assertEquals(BioStatus.OK, old.await());
            assertEquals(BioStatus.OK, bed.write(8, 2).await());
            assertEquals("in_doubt 0 waiting 0 ever_in_doubt 0 ever_waited 0", bed.message("in_doubt"));
        }
    }

    @Test
    void theWaitCanBeBounded() throws Exception {
        try (PathBed bed = withAWriteInDoubt("2 in_doubt_secs 1")) {
            assertEquals(BioStatus.IO, bed.write(8, 2).await());
            assertEquals(1, bed.onDisk(8), "a write that failed so was never sent");
            bed.path("a").goOn();
            assertEquals(BioStatus.OK, bed.write(8, 3).await());
        }
    }

    @Test
    void anOperatorCanEndADoubt() throws Exception {
        try (PathBed bed = withAWriteInDoubt("0")) {
            PathBed.Outcome newer = bed.write(8, 2);
            bed.message("end_doubt b");
            assertTrue(newer.isOpen());
            bed.message("end_doubt a");
            assertEquals(BioStatus.OK, newer.await());
        }
    }

    @Test
    void aDoubtOutlivesItsTable() throws Exception {
        try (PathBed bed = withAWriteInDoubt("0")) {
            PathBed.Outcome newer = bed.write(8, 2);
            bed.deviceMapper().load("mp", PathBed.table("0 0 1 1 round-robin 0 1 0 b"));
            bed.deviceMapper().resume("mp", SuspendFlag.NOFLUSH);
            PathBed.until("the write to be mapped again", () -> waiting(bed) == 1);
            assertTrue(newer.isOpen());
            bed.path("a").goOn();
            assertEquals(BioStatus.OK, newer.await());
            assertEquals(2, bed.onDisk(8));
        }
    }

    private static int waiting(PathBed bed) {
        try {
            return Integer.parseInt(bed.message("in_doubt").split(" ", -1)[3]);
        } catch (DmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSuspendFailsWhatWaitsForTheEndOfADoubt() throws Exception {
        try (PathBed bed = withAWriteInDoubt("0")) {
            PathBed.Outcome newer = bed.write(8, 2);
            bed.deviceMapper().suspend("mp");
            assertEquals(BioStatus.IO, newer.await());
            bed.deviceMapper().resume("mp");
        }
    }
}
