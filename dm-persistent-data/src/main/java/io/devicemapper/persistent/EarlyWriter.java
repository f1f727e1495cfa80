package io.devicemapper.persistent;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Writes blocks of a transaction that goes on meanwhile, on a thread beside the writer's, so that the device is at work before the commit.
 * One batch at a time: whatever else is to be written waits for its end first, so that of two writes to one place the later one wins.
 *
 * <p>For the writer's thread alone.
 */
final class EarlyWriter {
    private static final int MAX_THREADS = 8;
    private static final int IDLE_SECONDS = 10;

    /** Shared by all stores; threads that find nothing to do end. */
    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0, MAX_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), EarlyWriter::thread);

    private final BlockIo io;
    private FutureTask<Void> underWay;

    EarlyWriter(BlockIo io) {
        this.io = io;
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "metadata-early-writer");
        thread.setDaemon(true);
        return thread;
    }

    boolean isBusy() {
        return underWay != null && !underWay.isDone();
    }

    /**
     * Begins to write blocks that nobody changes any more; where no thread is free, this one writes them. The last batch must have been
     * {@linkplain #await awaited}.
     */
    void begin(List<Block> batch) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            io.write(batch);
            return null;
        });
        try {
            THREADS.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
        underWay = task;
    }

    /**
     * Waits until nothing is under way.
     *
     * @throws MetadataException if the last batch could not be written, for each call until the next {@link #cancel}
     */
    void await() throws MetadataException {
        if (underWay == null) {
            return;
        }
        ExecutionException failure = waitForEnd(underWay);
        if (failure == null) {
            underWay = null;
        } else if (failure.getCause() instanceof MetadataException e) {
            throw e;
        } else {
            throw new IllegalStateException("metadata could not be written", failure.getCause());
        }
    }

    /** Waits until nothing is under way, when it does not matter any more whether it was written. */
    void cancel() {
        if (underWay != null) {
            waitForEnd(underWay);
            underWay = null;
        }
    }

    /** Whatever interrupts this thread: the blocks are the device's until the write has ended. */
    private static ExecutionException waitForEnd(FutureTask<Void> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            return e;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
