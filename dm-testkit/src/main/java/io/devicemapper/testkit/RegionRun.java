package io.devicemapper.testkit;

import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Threads that read, write, zero, discard and flush at random, each in a region of its own, and look whether what they read is right. */
final class RegionRun {
    static final int THREADS = 4;

    private static final int MAX_BLOCKS = 40;
    private static final List<PayloadKind> KINDS = List.of(PayloadKind.values());

    private final Rig rig;
    private final RigIo io;
    private final long block;
    private final long len;

    RegionRun(Rig rig) throws Exception {
        this.rig = rig;
        this.io = rig.io();
        this.block = rig.block();
        this.len = rig.len();
    }

    /** Runs that many steps in each thread. */
    void run(int steps) throws Exception {
        start(steps, () -> false).await();
    }

    /** Threads under way. */
    record Running(ExecutorService threads, List<Future<Void>> futures) {
        void await() throws Exception {
            try {
                for (Future<Void> future : futures) {
                    future.get();
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw e;
            } finally {
                threads.shutdown();
            }
        }
    }

    /** Runs in the background, that many steps at least, and until the other thing is done. */
    Running start(int steps, BooleanSupplier goOn) {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<Void>> futures = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int region = i;
            Callable<Void> task = () -> {
                Random random = new Random(rig.seed() + region);
                for (int step = 0; step < steps || goOn.getAsBoolean(); step++) {
                    step(region, random);
                }
                return null;
            };
            futures.add(threads.submit(task));
        }
        return new Running(threads, futures);
    }

    private void step(int region, Random random) throws Exception {
        long blocks = len / block;
        long first = blocks * region / THREADS;
        long count = blocks * (region + 1) / THREADS - first;
        int length = (int) Math.min(1 + random.nextInt(MAX_BLOCKS), count);
        long sector = (first + random.nextLong(count - length + 1)) * block;
        int sectors = (int) (length * block);
        int dice = random.nextInt(20);
        if (dice < 8 && rig.has(Behavior.STORES_WRITES)) {
            write(sector, sectors, dice == 0 && rig.has(Behavior.FUA) ? BioFlags.FUA : BioFlags.NONE, random);
        } else if (dice < 10 && rig.has(Behavior.STORES_WRITES) && rig.has(Behavior.WRITE_ZEROES)) {
            io.ok(BioOp.WRITE_ZEROES, BioFlags.NONE, sector, sectors, null);
            io.zeroed(sector, sectors);
        } else if (dice < 11 && rig.has(Behavior.STORES_WRITES) && rig.has(Behavior.DISCARDS)) {
            io.ok(BioOp.DISCARD, BioFlags.NONE, sector, sectors, null);
            io.forget(sector, sectors);
            write(sector, sectors, BioFlags.NONE, random);
        } else if (dice < 12 && rig.has(Behavior.FLUSHES)) {
            io.flush();
        } else {
            io.verify(sector, sectors);
        }
    }

    private void write(long sector, int sectors, int flags, Random random) throws Exception {
        byte[] content = io.newContent(sector, sectors);
        PayloadKind kind = KINDS.get(random.nextInt(KINDS.size()));
        ByteBuffer payload = kind.source(content);
        io.ok(BioOp.WRITE, flags, sector, sectors, payload);
        io.wrote(sector, content);
    }
}
