package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every leaf device must do, whatever it is made of. A sub-class makes the devices. */
abstract class DeviceConformance {
    private static final int THREADS = 4;

    private final Deque<BlockDevice> opened = new ArrayDeque<>();

    /** A new device of that size, which reads as zeroes. */
    abstract BlockDevice make(long bytes) throws IOException;

    /** The device that was last made, once more, for reading only. */
    abstract BlockDevice makeReadOnlyView() throws IOException;

    /** Whether holes show up as such in the extents. */
    boolean showsHoles() {
        return true;
    }

    final BlockDevice device(long bytes) throws IOException {
        return closedAtEnd(make(bytes));
    }

    final <D extends BlockDevice> D closedAtEnd(D device) {
        opened.push(device);
        return device;
    }

    @AfterEach
    void closeAll() throws IOException {
        while (!opened.isEmpty()) {
            BlockDevice device = opened.pop();
            device.close();
            device.close(); // idempotent
        }
    }

    @Test
    void freshDeviceReadsAsZeroesAndIsOneHole() throws Exception {
        BlockDevice device = device(4 << 20);
        assertEquals(8192, device.sectors());
        assertArrayEquals(new byte[1 << 20], Payloads.read(device, 0, 2048));
        if (showsHoles()) {
            assertEquals(List.of(new Extents.Extent(0, 8192, ExtentType.HOLE)), Extents.of(device, 0, 8192));
        }
    }

    @Test
    void randomIoFromManyThreadsMatchesAModel() throws Exception {
        long seed = Payloads.newSeed("random I/O");
        BlockDevice device = device(8 << 20);
        int blockSectors = device.limits().logicalBlockSectors();
        // Regions of an odd size: neighbours share chunks, pages and file system blocks.
        int regionSectors = 997 * blockSectors;
        List<RegionModel> regions = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            regions.add(new RegionModel(
                    device, blockSectors + (long) i * regionSectors, regionSectors, new Random(seed + i)));
        }
        Parallel.run(THREADS, i -> regions.get(i).run(400));
        for (RegionModel region : regions) {
            region.check();
        }
        assertArrayEquals(new byte[blockSectors * Bio.SECTOR_SIZE], Payloads.read(device, 0, blockSectors));
    }

    @Test
    void overlappingWritesNeverMixInsideASector() throws Exception {
        BlockDevice device = device(1 << 20);
        int blockSectors = device.limits().logicalBlockSectors();
        int sectors = 24 * blockSectors;
        Parallel.run(THREADS, i -> {
            ByteBuffer payload = Payloads.filled(sectors, (byte) (i + 1));
            for (int round = 0; round < 300; round++) {
                device.write(i % 2 == 0 ? 0 : blockSectors, payload);
            }
        });
        byte[] content = Payloads.read(device, 0, sectors + blockSectors);
        for (int sector = 0; sector < sectors + blockSectors; sector++) {
            for (int i = 1; i < Bio.SECTOR_SIZE; i++) {
                assertEquals(
                        content[sector * Bio.SECTOR_SIZE], content[sector * Bio.SECTOR_SIZE + i], "sector " + sector);
            }
        }
    }

    @Test
    void payloadOfAnyKindKeepsItsPositionAndLimit() throws Exception {
        BlockDevice device = device(1 << 20);
        Random random = new Random(Payloads.newSeed("payload kinds"));
        int sectors = 3 * device.limits().logicalBlockSectors();
        for (int kind = 0; kind < Payloads.KINDS; kind++) {
            byte[] content = Payloads.randomBytes(random, sectors);
            ByteBuffer out = Payloads.ofKind(kind, content, true);
            int position = out.position();
            int limit = out.limit();
            device.write(sectors, out);
            assertEquals(position, out.position());
            assertEquals(limit, out.limit());

            ByteBuffer in = Payloads.ofKind(kind, new byte[content.length], false);
            device.read(sectors, in);
            assertEquals(position, in.position());
            assertEquals(limit, in.limit());
            assertEquals(ByteBuffer.wrap(content), in, "payload kind " + kind);
        }
    }

    @Test
    void flushAndFuaEndWithOk() throws Exception {
        BlockDevice device = device(1 << 20);
        int sectors = device.limits().logicalBlockSectors();
        device.flush();
        assertTrue(device.limits().fua());
        assertEquals(
                BioStatus.OK,
                Payloads.submit(device, BioOp.WRITE, BioFlags.FUA, 0, sectors, Payloads.filled(sectors, (byte) 7)));
        assertEquals(BioStatus.OK, Payloads.submit(device, BioOp.WRITE_ZEROES, BioFlags.FUA, 0, sectors, null));
        device.flush();
        assertArrayEquals(new byte[sectors * Bio.SECTOR_SIZE], Payloads.read(device, 0, sectors));
    }

    @Test
    void zeroesOfEveryKindKeepTheirNeighbours() throws Exception {
        BlockDevice device = device(4 << 20);
        int block = device.limits().logicalBlockSectors();
        int[] flagSets = {
            BioFlags.NONE, BioFlags.NOUNMAP, BioFlags.FUA, BioFlags.FAST_ONLY, BioFlags.NOUNMAP | BioFlags.FAST_ONLY
        };
        for (int flags : flagSets) {
            for (long sectors : new long[] {block, 5L * block, 8192 - 2L * block}) {
                device.write(0, Payloads.filled(8192, (byte) 9));
                BioStatus status = Payloads.submit(device, BioOp.WRITE_ZEROES, flags, block, sectors, null);
                boolean mayRefuse = (flags & BioFlags.FAST_ONLY) != 0;
                assertTrue(status.isOk() || (mayRefuse && status == BioStatus.UNSUPPORTED), status::text);
                byte[] expected = Payloads.bytesOf(8192, (byte) 9);
                if (status.isOk()) {
                    Arrays.fill(expected, block * Bio.SECTOR_SIZE, (int) (block + sectors) * Bio.SECTOR_SIZE, (byte) 0);
                }
                assertArrayEquals(expected, Payloads.read(device, 0, 8192), BioFlags.toString(flags));
            }
        }
    }

    @Test
    void discardIsRefusedOrReadsAsZeroesAndKeepsItsNeighbours() throws Exception {
        BlockDevice device = device(4 << 20);
        int block = device.limits().logicalBlockSectors();
        device.write(0, Payloads.filled(8192, (byte) 9));
        byte[] expected = Payloads.bytesOf(8192, (byte) 9);
        BioStatus status = Payloads.submit(device, BioOp.DISCARD, BioFlags.NONE, block, 8192 - 2L * block, null);
        if (device.limits().maxDiscardSectors() == 0) {
            assertEquals(BioStatus.UNSUPPORTED, status);
        } else {
            assertEquals(BioStatus.OK, status);
            Arrays.fill(expected, block * Bio.SECTOR_SIZE, (8192 - block) * Bio.SECTOR_SIZE, (byte) 0);
        }
        assertArrayEquals(expected, Payloads.read(device, 0, 8192));
        if (showsHoles() && status.isOk()) {
            List<Extents.Extent> extents = Extents.of(device, 0, 8192);
            assertTrue(extents.stream().anyMatch(e -> e.type() == ExtentType.HOLE), extents::toString);
            assertEquals(ExtentType.DATA, extents.get(0).type());
            assertEquals(ExtentType.DATA, extents.get(extents.size() - 1).type());
        }
    }

    @Test
    void discardNextToRunningWritesLosesNoneOfThem() throws Exception {
        BlockDevice device = device(2 << 20);
        int block = device.limits().logicalBlockSectors();
        int sectors = 4096;
        // One thread clears the middle over and over; the others write right up to its edges.
        long clearBegin = 3L * block;
        long clearEnd = sectors - 5L * block;
        long[] edges = {0, clearBegin - block, clearEnd, sectors - block};
        Parallel.run(THREADS + 1, i -> {
            for (int round = 0; round < 200; round++) {
                if (i == THREADS) {
                    device.writeZeroes(clearBegin, clearEnd - clearBegin);
                } else {
                    byte value = (byte) (round + i);
                    device.write(edges[i], Payloads.filled(block, value));
                    assertArrayEquals(Payloads.bytesOf(block, value), Payloads.read(device, edges[i], block));
                }
            }
        });
    }

    @Test
    void beyondTwoGibibytesAndTwoPowerThirtyTwoSectors() throws Exception {
        long bytes = 3L << 40;
        BlockDevice device = device(bytes);
        int block = device.limits().logicalBlockSectors();
        assertEquals(bytes >> Bio.SECTOR_SHIFT, device.sectors());
        long[] sectors = {
            0,
            ((1L << 31) >> Bio.SECTOR_SHIFT) - block, // the length of two blocks crosses 2^31 bytes
            ((1L << 32) >> Bio.SECTOR_SHIFT) - block,
            (1L << 31) - block,
            (1L << 32) - block,
            device.sectors() - 2L * block
        };
        for (int i = 0; i < sectors.length; i++) {
            device.write(sectors[i], Payloads.filled(2 * block, (byte) (i + 1)));
        }
        for (int i = 0; i < sectors.length; i++) {
            assertArrayEquals(
                    Payloads.bytesOf(2 * block, (byte) (i + 1)), Payloads.read(device, sectors[i], 2 * block));
        }
        if (showsHoles()) {
            List<Extents.Extent> extents = Extents.of(device, 0, device.sectors());
            long data = extents.stream()
                    .filter(e -> e.type() == ExtentType.DATA)
                    .mapToLong(Extents.Extent::sectors)
                    .sum();
            assertTrue(data > 0 && data < 1 << 20, extents::toString);
            for (long sector : sectors) {
                assertEquals(
                        ExtentType.DATA, Extents.of(device, sector, 1).get(0).type());
            }
        }
        if (device.limits().fastZeroes()) {
            device.writeZeroes(0, device.sectors());
        } else {
            device.writeZeroes(sectors[4], 2L * block);
        }
        assertArrayEquals(new byte[2 * block * Bio.SECTOR_SIZE], Payloads.read(device, sectors[4], 2 * block));
    }

    @Test
    void extentsEndWhereTheVisitorEndsThem() throws Exception {
        BlockDevice device = device(4 << 20);
        device.write(0, Payloads.filled(8, (byte) 1));
        List<Long> seen = new ArrayList<>();
        device.extents(0, 8192, (sector, sectors, type) -> {
            seen.add(sector);
            return false;
        });
        assertEquals(List.of(0L), seen);
    }

    @Test
    void ioBeyondTheEndFails() throws Exception {
        BlockDevice device = device(1 << 20);
        int block = device.limits().logicalBlockSectors();
        device.write(2048 - block, Payloads.filled(block, (byte) 5));
        long[] starts = {2048, 2048 - block, 1L << 54, Long.MAX_VALUE >> Bio.SECTOR_SHIFT};
        for (long start : starts) {
            for (BioOp op : List.of(BioOp.READ, BioOp.WRITE, BioOp.WRITE_ZEROES)) {
                ByteBuffer payload = op.hasPayload() ? Payloads.filled(2 * block, (byte) 6) : null;
                long aligned = start / block * block;
                assertEquals(
                        BioStatus.IO,
                        Payloads.submit(device, op, BioFlags.NONE, aligned, 2L * block, payload),
                        op + " at " + aligned);
            }
        }
        assertArrayEquals(Payloads.bytesOf(block, (byte) 5), Payloads.read(device, 2048 - block, block));
    }

    @Test
    void readOnlyViewReadsAndRefusesChanges() throws Exception {
        BlockDevice device = device(1 << 20);
        int block = device.limits().logicalBlockSectors();
        device.write(block, Payloads.filled(block, (byte) 3));
        BlockDevice view = closedAtEnd(makeReadOnlyView());
        assertTrue(view.isReadOnly());
        assertFalse(device.isReadOnly());
        assertArrayEquals(Payloads.bytesOf(block, (byte) 3), Payloads.read(view, block, block));
        for (BioOp op : List.of(BioOp.WRITE, BioOp.DISCARD, BioOp.WRITE_ZEROES)) {
            ByteBuffer payload = op.hasPayload() ? Payloads.filled(block, (byte) 4) : null;
            assertEquals(
                    BioStatus.NOT_PERMITTED,
                    Payloads.submit(view, op, BioFlags.NONE, block, block, payload),
                    op.name());
        }
        view.flush();
        assertArrayEquals(Payloads.bytesOf(block, (byte) 3), Payloads.read(device, block, block));
    }

    @Test
    void interruptedThreadDoesItsIoAndStaysInterrupted() throws Exception {
        BlockDevice device = device(1 << 20);
        int block = device.limits().logicalBlockSectors();
        CompletableFuture<Boolean> outcome = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            Thread.currentThread().interrupt();
            device.submit(Bio.write(0, BioFlags.FUA, Payloads.filled(block, (byte) 8), (bio, status) -> {
                if (!status.isOk()) {
                    outcome.completeExceptionally(new AssertionError(status));
                }
            }));
            outcome.complete(Thread.currentThread().isInterrupted());
        });
        thread.start();
        assertTrue(outcome.get(30, TimeUnit.SECONDS), "the interrupt was lost");
        thread.join();
        assertArrayEquals(Payloads.bytesOf(block, (byte) 8), Payloads.read(device, 0, block));
    }
}
