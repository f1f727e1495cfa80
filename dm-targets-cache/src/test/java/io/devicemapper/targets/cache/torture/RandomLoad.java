package io.devicemapper.targets.cache.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Several threads that send bios at random, to the same sectors. */
final class RandomLoad {
    private static final long PATIENCE_SECONDS = 120;

    /** The cache looks for work every few milliseconds only, in which all bios would have been sent. */
    private static final int BIOS_BETWEEN_MIGRATIONS = 12;

    private RandomLoad() {}

    /**
     * Runs it to its end.
     *
     * @param bios how many each thread sends
     * @param depth how many may be under way at a time, of all threads together
     * @param end when to end before that
     */
    static void run(TortureIo io, Random random, int threads, int bios, int depth, BooleanSupplier end)
            throws Exception {
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int i = 1; i < threads; i++) {
            Random own = new Random(random.nextLong());
            FutureTask<Void> task = new FutureTask<>(() -> send(io, own, bios, depth, end), null);
            tasks.add(task);
            new Thread(task, "load-" + i).start();
        }
        try {
            send(io, new Random(random.nextLong()), bios, depth, end);
        } finally {
            for (FutureTask<Void> task : tasks) {
                join(task);
            }
        }
        io.await(0);
    }

    private static void join(FutureTask<Void> task) throws Exception {
        try {
            task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the load does not end", e);
        }
    }

    private static void send(TortureIo io, Random random, int bios, int depth, BooleanSupplier end) {
        try {
            for (int i = 0; i < bios && !end.getAsBoolean(); i++) {
                io.random(random);
                io.await(depth - 1);
                if (random.nextInt(BIOS_BETWEEN_MIGRATIONS) == 0) {
                    io.awaitMigrations(end);
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
