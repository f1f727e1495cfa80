package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordingDeviceTest {
    private final MemoryDevice memory = new MemoryDevice(64);

    @Test
    void itRemembersWhatCameInOrder() throws IOException {
        RecordingDevice disk = new RecordingDevice(memory);
        disk.write(8, ByteBuffer.allocate(16 * 512));
        disk.flush();
        disk.read(0, ByteBuffer.allocate(512));
        assertEquals(
                new RecordedBio(BioOp.WRITE, BioFlags.NONE, 8, 16), disk.bios().get(0));
        assertEquals(List.of("WRITE 8+16", "FLUSH", "READ 0+1"), disk.takeLog());
        assertEquals(List.of(), disk.bios());
    }

    @Test
    void flagsAndRefusedBiosAreRecordedToo() {
        RecordingDevice disk = new RecordingDevice(memory);
        List<BioStatus> ended = new ArrayList<>();
        disk.submit(Bio.of(
                BioOp.WRITE_ZEROES,
                BioFlags.NOUNMAP | BioFlags.FAST_ONLY,
                0,
                4,
                null,
                (bio, status) -> ended.add(status)));
        assertEquals(List.of(BioStatus.UNSUPPORTED), ended);
        assertEquals(List.of("WRITE_ZEROES(NOUNMAP|FAST_ONLY) 0+4"), disk.takeLog());
    }

    @Test
    void whatHasNotEndedIsInFlight() {
        FaultDevice slow = new FaultDevice(memory);
        RecordingDevice disk = new RecordingDevice(slow);
        HeldBios held = slow.hold(BioMatch.any());
        disk.submit(Bio.flush((bio, status) -> {}));
        assertEquals(1, disk.inFlight());
        held.release();
        assertEquals(0, disk.inFlight());
    }
}
