package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultDeviceTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final SectorPattern pattern = SectorPattern.golden();
    private final MemoryDevice memory = new MemoryDevice(64);
    private final FaultDevice disk = new FaultDevice(memory);
    private final List<BioStatus> ended = new ArrayList<>();

    @Test
    void withoutFaultsItIsTheDeviceItWraps() throws IOException {
        disk.write(3, pattern.sectors(3, 5, 'a'));
        disk.flush();
        assertEquals("zero*3 3+5:a zero*56", content(memory));
        assertEquals("zero*3 3+5:a zero*56", content(disk));
        assertEquals(memory.name(), disk.name());
        assertEquals(64, disk.sectors());
        assertEquals(memory.limits(), disk.limits());
        disk.close();
        assertTrue(memory.isClosed());
    }

    @Test
    void aFailedBioIsNotCarriedOut() throws IOException {
        disk.fail(BioMatch.of(BioOp.WRITE), BioStatus.MEDIUM);
        assertEquals(BioStatus.MEDIUM, write(0, 4));
        assertEquals("zero*64", content(disk));
    }

    @Test
    void aBioThatFailsAfterwardsWasCarriedOut() throws IOException {
        disk.failAfterwards(BioMatch.of(BioOp.WRITE), BioStatus.TRANSPORT);
        assertEquals(BioStatus.TRANSPORT, write(0, 4));
        assertEquals("0+4:a zero*60", content(disk));
    }

    @Test
    void aDevicesOwnErrorIsNotReplacedAfterwards() {
        disk.failAfterwards(BioMatch.any(), BioStatus.TRANSPORT);
        disk.submit(Bio.of(BioOp.DISCARD, BioFlags.NONE, 0, 8, null, (bio, status) -> ended.add(status)));
        assertEquals(List.of(BioStatus.UNSUPPORTED), ended);
    }

    @Test
    void aRangeMatchesWhatTouchesIt() {
        disk.fail(BioMatch.of(BioOp.WRITE, BioOp.FLUSH).sectors(10, 4), BioStatus.IO);
        assertEquals(BioStatus.OK, write(0, 10));
        assertEquals(BioStatus.IO, write(0, 11));
        assertEquals(BioStatus.IO, write(13, 1));
        assertEquals(BioStatus.OK, write(14, 4));
        assertEquals(BioStatus.OK, flush(), "a flush touches no sector");
    }

    @Test
    void theNthTimeIsCountedAmongWhatMatches() {
        Fault third = disk.fail(BioMatch.of(BioOp.WRITE).nth(3), BioStatus.IO);
        assertEquals(BioStatus.OK, write(0, 1));
        assertEquals(BioStatus.OK, flush());
        assertEquals(BioStatus.OK, write(0, 1));
        assertEquals(BioStatus.IO, write(0, 1));
        assertEquals(BioStatus.OK, write(0, 1));
        assertEquals(1, third.hits());
    }

    @Test
    void someTimesAfterSomeTimes() {
        disk.fail(BioMatch.any().after(1).times(2), BioStatus.IO);
        List<BioStatus> found = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            found.add(write(0, 1));
        }
        assertEquals(List.of(BioStatus.OK, BioStatus.IO, BioStatus.IO, BioStatus.OK), found);
    }

    @Test
    void theFaultInjectedFirstStrikes() {
        Fault first = disk.fail(BioMatch.of(BioOp.WRITE).times(1), BioStatus.IO);
        Fault second = disk.fail(BioMatch.of(BioOp.WRITE), BioStatus.MEDIUM);
        assertEquals(BioStatus.IO, write(0, 1));
        assertEquals(0, second.hits());
        assertEquals(BioStatus.MEDIUM, write(0, 1));
        assertEquals(1, first.hits());
    }

    @Test
    void aRemovedFaultStrikesNoMore() {
        Fault fault = disk.fail(BioMatch.any(), BioStatus.IO);
        assertEquals(BioStatus.IO, flush());
        fault.remove();
        assertEquals(BioStatus.OK, flush());
        disk.fail(BioMatch.any(), BioStatus.IO);
        disk.removeAll();
        assertEquals(BioStatus.OK, flush());
    }

    @Test
    void heldBiosWaitForTheirRelease() throws Exception {
        HeldBios held = disk.hold(BioMatch.of(BioOp.WRITE));
        submitWrite(0, 4);
        submitWrite(8, 4);
        assertEquals(2, held.count());
        assertEquals(List.of(), ended);
        assertEquals("zero*64", content(disk));

        held.release();
        assertEquals(List.of(BioStatus.OK, BioStatus.OK), ended);
        assertEquals("0+4:a zero*4 8+4:a zero*52", content(disk));

        submitWrite(16, 4);
        assertEquals(1, held.count(), "release lets go what is held, not what comes later");
        held.remove();
        submitWrite(24, 4);
        assertEquals(3, ended.size(), "after removal nothing more is held");
        held.end(BioStatus.TIMEOUT);
        assertEquals(BioStatus.TIMEOUT, ended.get(3));
        assertEquals(0, held.count());
    }

    @Test
    void aTestCanWaitUntilBiosAreHeld() throws Exception {
        HeldBios held = disk.hold(BioMatch.any());
        Thread submitter = new Thread(() -> submitWrite(0, 1), "submitter");
        submitter.start();
        held.awaitCount(1, SOON);
        submitter.join();
        AssertionError tooFew = assertThrows(AssertionError.class, () -> held.awaitCount(2, Duration.ofMillis(1)));
        assertTrue(tooFew.getMessage().contains("expected 2 bios"), tooFew.getMessage());
        assertTrue(tooFew.getMessage().contains("WRITE 0+1"), tooFew.getMessage());
    }

    @Test
    void matchesThatMakeNoSenseAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> BioMatch.any().sectors(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> BioMatch.any().sectors(0, 0));
        assertThrows(IllegalArgumentException.class, () -> BioMatch.any().after(-1));
        assertThrows(IllegalArgumentException.class, () -> BioMatch.any().times(0));
        assertThrows(IllegalArgumentException.class, () -> BioMatch.any().nth(0));
    }

    @Test
    void matchesSayWhatTheyMatch() {
        assertEquals(
                "[WRITE] touching 64+8 after 2 times 1",
                BioMatch.of(BioOp.WRITE).sectors(64, 8).nth(3).toString());
        assertFalse(BioMatch.any().toString().contains("times"));
    }

    private BioStatus write(long sector, int sectors) {
        int before = ended.size();
        submitWrite(sector, sectors);
        return ended.get(before);
    }

    private void submitWrite(long sector, int sectors) {
        disk.submit(Bio.write(sector, BioFlags.NONE, pattern.sectors(sector, sectors, 'a'), (bio, s) -> ended.add(s)));
    }

    private BioStatus flush() {
        int before = ended.size();
        disk.submit(Bio.flush((bio, status) -> ended.add(status)));
        return ended.get(before);
    }

    private String content(BlockDevice device) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(device.sectors()) * Bio.SECTOR_SIZE);
        device.read(0, content);
        return ContentWords.of(content, pattern);
    }
}
