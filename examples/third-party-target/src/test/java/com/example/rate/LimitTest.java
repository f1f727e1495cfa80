package com.example.rate;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioStatus;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.StatusType;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What this target does and no other. */
class LimitTest {
    private static final int BLOCK_BYTES = 64 << 10;
    private static final int BLOCK_SECTORS = BLOCK_BYTES / Bio.SECTOR_SIZE;

    private final DeviceMapper dm = DeviceMapper.builder()
            .serviceLoader(false)
            .targetType(new RateTarget())
            .device("lower", RamDevice.create("lower", 8 << 20))
            .build();

    @AfterEach
    void close() throws DmException {
        dm.close();
    }

    private MappedDevice limited(long bytesPerSecond) throws DmException {
        return dm.create("disk", "0 8192 rate lower 35 " + bytesPerSecond);
    }

    private static CompletableFuture<BioStatus> write(MappedDevice disk, int block) {
        CompletableFuture<BioStatus> ended = new CompletableFuture<>();
        ByteBuffer payload = ByteBuffer.allocate(BLOCK_BYTES);
        disk.submit(Bio.write((long) block * BLOCK_SECTORS, BioFlags.NONE, payload, (bio, status) -> ended.complete(status)));
        return ended;
    }

    private static String status(MappedDevice disk, StatusType type) {
        return disk.liveTable().orElseThrow().targets().get(0).status(type);
    }

    @Test
    void noMoreThanTheLimitGoesThrough() throws Exception {
        MappedDevice disk = limited(4 << 20);
        long before = System.nanoTime();
        for (int block = 0; block < 16; block++) {
            disk.write((long) block * BLOCK_SECTORS, ByteBuffer.allocate(BLOCK_BYTES));
        }
        long elapsed = System.nanoTime() - before;
        // 15 of the 16 blocks are paid for, of which the full bucket pays 80 KiB: (960 - 82) / 4096 s.
        assertTrue(elapsed >= MILLISECONDS.toNanos(214), elapsed + " ns for 1 MiB at 4 MiB/s");
    }

    @Test
    void theMessageChangesTheLimitOfWhatWaits() throws Exception {
        MappedDevice disk = limited(1);
        CompletableFuture<BioStatus> first = write(disk, 0);
        CompletableFuture<BioStatus> second = write(disk, 1);
        assertEquals(BioStatus.OK, first.getNow(null));
        assertEquals("1 1 1", status(disk, StatusType.INFO));
        assertEquals("lower 35 1", status(disk, StatusType.TABLE));
        assertEquals("", dm.message("disk", 0, "limit 1000000000"));
        assertEquals(BioStatus.OK, second.get(10, SECONDS));
        assertEquals("0 1 1", status(disk, StatusType.INFO));
        assertEquals("lower 35 1000000000", status(disk, StatusType.TABLE));
    }

    @Test
    void aSuspendDoesNotWaitForTheLimit() throws Exception {
        MappedDevice disk = limited(1);
        CompletableFuture<BioStatus> first = write(disk, 0);
        CompletableFuture<BioStatus> second = write(disk, 1);
        dm.suspend("disk");
        assertEquals(BioStatus.OK, first.getNow(null));
        assertEquals(BioStatus.OK, second.getNow(null));
        dm.resume("disk");
        CompletableFuture<BioStatus> third = write(disk, 2);
        assertFalse(third.isDone());
        assertEquals("1 1 2", status(disk, StatusType.INFO));
        dm.message("disk", 0, "limit 1000000000");
        assertEquals(BioStatus.OK, third.get(10, SECONDS));
    }

    @Test
    void whatIsNotUnderstoodIsRefusedInOneLine() throws Exception {
        String tooSlow = assertThrows(DmException.class, () -> limited(0)).getMessage();
        assertEquals(
                "disk: table line 1: rate: Invalid limit (argument 3 <limit>: expected a decimal number from 1 to "
                        + Limiter.MAX_BYTES_PER_SECOND + ", found '0')",
                tooSlow);
        limited(1);
        String unknown = assertThrows(DmException.class, () -> dm.message("disk", 0, "faster")).getMessage();
        assertTrue(
                unknown.endsWith(
                        "Unknown message (argument 1 <message>: expected limit <bytes per second>, found 'faster')"),
                unknown);
    }
}
