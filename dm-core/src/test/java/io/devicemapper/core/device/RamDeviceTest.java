package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class RamDeviceTest extends DeviceConformance {
    private static final int CHUNK_SECTORS = SparseMemory.CHUNK_BYTES / 512;

    private RamDevice last;

    @Override
    BlockDevice make(long bytes) {
        last = RamDevice.create("ram:test", bytes);
        return last;
    }

    @Override
    BlockDevice makeReadOnlyView() {
        return last.view("ram:test", true);
    }

    @Test
    void neverWaits() {
        assertFalse(make(4096).mayWait());
        assertFalse(make(4096).limits().writeCache());
    }

    @Test
    void sizeIsRoundedDownToSectors() {
        assertEquals(1, make(1023).sectors());
        assertEquals((1L << 54) - 1, make(Long.MAX_VALUE).sectors());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> make(511));
        assertEquals("ram:test: 511 bytes: less than one sector of 512 bytes", e.getMessage());
    }

    @Test
    void theLargestDeviceWorksAtBothEnds() throws Exception {
        BlockDevice device = make(Long.MAX_VALUE);
        long lastSector = device.sectors() - 1;
        device.write(lastSector, Payloads.filled(1, (byte) 1));
        device.write(0, Payloads.filled(1, (byte) 2));
        assertArrayEquals(Payloads.bytesOf(1, (byte) 1), Payloads.read(device, lastSector, 1));
        List<Extents.Extent> extents = Extents.of(device, 0, device.sectors());
        assertEquals(3, extents.size());
        assertEquals(new Extents.Extent(0, CHUNK_SECTORS, ExtentType.DATA), extents.get(0));
        device.discard(0, device.sectors());
        assertEquals(1, Extents.of(device, 0, device.sectors()).size());
    }

    @Test
    void discardFreesWholeChunksAndNounmapTakesThem() throws Exception {
        BlockDevice device = make(8L * SparseMemory.CHUNK_BYTES);
        device.write(0, Payloads.filled(8 * CHUNK_SECTORS, (byte) 1));
        device.discard(CHUNK_SECTORS - 1, 3 * CHUNK_SECTORS + 2);
        assertEquals(
                List.of(
                        new Extents.Extent(0, CHUNK_SECTORS, ExtentType.DATA),
                        new Extents.Extent(CHUNK_SECTORS, 3 * CHUNK_SECTORS, ExtentType.HOLE),
                        new Extents.Extent(4 * CHUNK_SECTORS, 4 * CHUNK_SECTORS, ExtentType.DATA)),
                Extents.of(device, 0, 8 * CHUNK_SECTORS));
        assertArrayEquals(new byte[512], Payloads.read(device, CHUNK_SECTORS - 1, 1));
        assertArrayEquals(Payloads.bytesOf(1, (byte) 1), Payloads.read(device, CHUNK_SECTORS - 2, 1));
        assertArrayEquals(new byte[512], Payloads.read(device, 4 * CHUNK_SECTORS, 1));
        assertArrayEquals(Payloads.bytesOf(1, (byte) 1), Payloads.read(device, 4 * CHUNK_SECTORS + 1, 1));

        assertEquals(
                BioStatus.OK,
                Payloads.submit(device, BioOp.WRITE_ZEROES, BioFlags.NOUNMAP, CHUNK_SECTORS, CHUNK_SECTORS, null));
        assertEquals(
                new Extents.Extent(0, 2 * CHUNK_SECTORS, ExtentType.DATA),
                Extents.of(device, 0, 8 * CHUNK_SECTORS).get(0));
    }

    @Test
    void outOfMemoryFailsTheBioAloneAndADiscardMakesRoom() throws Exception {
        long used = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow()
                .getMemoryUsed();
        ChunkAllocator allocator = new ChunkAllocator(used + 16L * SparseMemory.CHUNK_BYTES);
        RamDevice device = RamDevice.create("ram:small", 1L << 40, allocator);
        long chunk = 0;
        BioStatus status = BioStatus.OK;
        while (status.isOk()) {
            assertTrue(chunk < 1000, "never full");
            status = Payloads.submit(
                    device, BioOp.WRITE, BioFlags.NONE, chunk * CHUNK_SECTORS, 1, Payloads.filled(1, (byte) 5));
            chunk++;
        }
        assertEquals(BioStatus.NO_SPACE, status);
        assertArrayEquals(Payloads.bytesOf(1, (byte) 5), Payloads.read(device, 0, 1));
        assertArrayEquals(new byte[512], Payloads.read(device, (chunk - 1) * CHUNK_SECTORS, 1));
        device.write(0, Payloads.filled(CHUNK_SECTORS, (byte) 6));

        device.discard(0, device.sectors());
        // The memory is the collector's to give back, which may take a moment.
        long deadline = System.nanoTime() + 20_000_000_000L;
        do {
            status = Payloads.submit(device, BioOp.WRITE, BioFlags.NONE, 0, 1, Payloads.filled(1, (byte) 7));
        } while (!status.isOk() && System.nanoTime() < deadline);
        assertEquals(BioStatus.OK, status);
    }

    @Test
    void racingFirstWritesToOneChunkKeepEachOthersData() throws Exception {
        for (int round = 0; round < 50; round++) {
            BlockDevice device = make(SparseMemory.CHUNK_BYTES);
            Parallel.run(4, i -> device.write(i * 7L, Payloads.filled(7, (byte) (i + 1))));
            for (int i = 0; i < 4; i++) {
                assertArrayEquals(Payloads.bytesOf(7, (byte) (i + 1)), Payloads.read(device, i * 7L, 7));
            }
        }
    }
}
