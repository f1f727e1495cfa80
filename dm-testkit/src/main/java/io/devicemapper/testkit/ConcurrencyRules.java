package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Many threads, many bios. */
interface ConcurrencyRules extends Rules {
    /** Bios of a chain: far more than a stack has room for. */
    int CHAIN = 20_000;

    @Test
    default void con01_threadsAgreeWithAModel(Rig rig) throws Exception {
        rig.needs(Behavior.READS);
        rig.io().fill();
        new RegionRun(rig).run(Soak.times(100, 20_000));
        rig.io().verifyAll();
    }

    @Test
    default void con03_overlappingWritesDoNotMixInsideASector(Rig rig) throws Exception {
        rig.needs(Behavior.READS, Behavior.STORES_WRITES);
        RigIo io = rig.io();
        int sectors = (int) (Math.min(24, rig.len() / rig.block()) * rig.block());
        ExecutorService threads = Executors.newFixedThreadPool(RegionRun.THREADS);
        List<Future<Void>> futures = new ArrayList<>();
        for (int i = 0; i < RegionRun.THREADS; i++) {
            byte[] content = new byte[sectors * Bio.SECTOR_SIZE];
            Arrays.fill(content, (byte) (i + 1));
            futures.add(threads.submit(() -> {
                for (int round = 0; round < 40; round++) {
                    io.ok(BioOp.WRITE, BioFlags.NONE, 0, sectors, ByteBuffer.wrap(content));
                }
                return null;
            }));
        }
        for (Future<Void> future : futures) {
            future.get();
        }
        threads.shutdown();
        byte[] found = io.read(0, sectors);
        for (int i = 0; i < sectors; i++) {
            byte[] sector = Content.sector(found, i);
            byte[] expected = new byte[Bio.SECTOR_SIZE];
            Arrays.fill(expected, sector[0]);
            Content.assertSame(expected, sector, "sector " + i + ", written by several threads at once");
        }
    }

    @Test
    default void con05_interruptedThreadDoesItsIoAndStaysInterrupted(Rig rig) throws Exception {
        rig.needs(Behavior.READS);
        RigIo io = rig.io();
        io.fill();
        long block = rig.block();
        ByteBuffer payload = ByteBuffer.allocate(Math.toIntExact(block * Bio.SECTOR_SIZE));
        AtomicReference<Bios.UnderWay> read = new AtomicReference<>();
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            Thread.currentThread().interrupt();
            read.set(io.start(BioOp.READ, BioFlags.NONE, 0, block, payload));
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        thread.start();
        thread.join();
        assertEquals(BioStatus.OK, read.get().await());
        assertTrue(interrupted.get(), "the submitting thread's interrupt was taken from it");
        io.verifyAll();
    }

    @Test
    default void con06_completionsThatSubmitNeedNoStack(Rig rig) throws Exception {
        rig.needs(Behavior.READS);
        RigIo io = rig.io();
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<BioStatus> last = new AtomicReference<>();
        ByteBuffer payload = ByteBuffer.allocate(Math.toIntExact(rig.block() * Bio.SECTOR_SIZE));
        next(rig.device(), io.begin(), payload, CHAIN, last, ended);
        Patience.await(ended, "a chain of " + CHAIN + " reads");
        assertEquals(BioStatus.OK, last.get());
    }

    private static void next(
            BlockDevice device,
            long sector,
            ByteBuffer payload,
            int left,
            AtomicReference<BioStatus> last,
            CountDownLatch ended) {
        device.submit(Bio.read(sector, payload, (bio, status) -> {
            if (status.isOk() && left > 1) {
                next(device, sector, payload, left - 1, last, ended);
            } else {
                last.set(status);
                ended.countDown();
            }
        }));
    }
}
