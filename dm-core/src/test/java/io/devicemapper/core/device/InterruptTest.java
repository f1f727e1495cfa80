package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interrupts at any moment of the I/O of some threads cost neither them nor others a bio. */
class InterruptTest {
    private static final int THREADS = 4;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"true, false", "true, true", "false, false"})
    void noBioFailsAndNoDataIsLostInAStormOfInterrupts(boolean useNative, boolean direct) throws Exception {
        useNative &= NativeFile.AVAILABLE;
        long seed = Payloads.newSeed("interrupts");
        Path file = folder.resolve("disk.img");
        FileOptions options = FileOptions.DEFAULT.withSizeBytes(8 << 20).withDirect(direct);
        FileLocks locks = new FileLocks(useNative);
        List<RegionModel> regions = new ArrayList<>();
        try (FileDevice device = FileDevice.open(file.toString(), file, options, locks, useNative)) {
            int sectors = 512 * device.limits().logicalBlockSectors();
            for (int i = 0; i < THREADS; i++) {
                regions.add(new RegionModel(device, (long) i * sectors, sectors, new Random(seed + i)));
            }
            storm(new Random(seed), i -> regions.get(i).run(direct ? 300 : 1000));
            for (RegionModel region : regions) {
                region.check();
            }
        }
        try (FileDevice again = FileDevice.open(file.toString(), file, options, locks, useNative)) {
            for (RegionModel region : regions) {
                region.on(again).check();
            }
        }
    }

    @Test
    void brokenChannelsAreReopenedAndTransfersCarriedOutAgain() throws Exception {
        Path file = Files.write(folder.resolve("data"), new byte[1 << 16]);
        AtomicInteger opens = new AtomicInteger();
        long seed = Payloads.newSeed("reopening");
        try (InterruptSafeChannel channel = new InterruptSafeChannel(() -> {
            opens.incrementAndGet();
            return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        })) {
            storm(new Random(seed), thread -> {
                // Ends when interrupts did hit I/O, however long they take to.
                for (int round = 1; round < 500 || opens.get() < 10; round++) {
                    ByteBuffer out = ByteBuffer.allocate(4096).putInt(0, round);
                    assertEquals(4096, channel.transfer(true, out, thread * 4096L));
                    assertEquals(0, out.remaining());
                    ByteBuffer in = ByteBuffer.allocate(4096);
                    assertEquals(4096, channel.transfer(false, in, thread * 4096L));
                    assertEquals(round, in.getInt(0));
                }
            });
        }
        assertTrue(opens.get() >= 10);
    }

    @Test
    void closedDeviceStaysClosed() throws Exception {
        Path file = folder.resolve("disk.img");
        BlockDevice device = FileDevice.open(file, FileOptions.DEFAULT.withSizeBytes(1 << 20));
        device.close();
        assertThrows(IOException.class, () -> Payloads.read(device, 0, 8));
        assertThrows(IOException.class, () -> device.write(0, Payloads.filled(8, (byte) 1)));
        assertThrows(IOException.class, device::flush);

        InterruptSafeChannel channel = new InterruptSafeChannel(() -> FileChannel.open(file, StandardOpenOption.READ));
        channel.close();
        assertThrows(ClosedChannelException.class, () -> channel.transfer(false, ByteBuffer.allocate(512), 0));
    }

    /** Runs work on several threads while each of them is interrupted at random moments. */
    private static void storm(Random random, Parallel.Work work) throws Exception {
        Thread[] workers = new Thread[THREADS];
        CountDownLatch running = new CountDownLatch(THREADS);
        AtomicInteger left = new AtomicInteger(THREADS);
        Parallel.run(THREADS + 1, i -> {
            if (i < THREADS) {
                workers[i] = Thread.currentThread();
                running.countDown();
                try {
                    work.run(i);
                } finally {
                    left.decrementAndGet();
                    Thread.interrupted();
                }
                return;
            }
            running.await();
            while (left.get() > 0) {
                workers[random.nextInt(THREADS)].interrupt();
                LockSupport.parkNanos(random.nextInt(200_000));
            }
        });
    }
}
