package io.devicemapper.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one target, made in its constructor and ended when it is gone. */
final class TargetThreads {
    /** How long the end of a target waits for its running tasks before they are interrupted, and again after that. */
    private static final long END_SECONDS = 10;

    /** A worker thread without work ends after this long. */
    private static final long IDLE_SECONDS = 30;

    private final String device;
    private final ProviderSource source;
    private final List<ExecutorService> executors = new ArrayList<>();

    TargetThreads(String device, ProviderSource source) {
        this.device = device;
        this.source = source;
    }

    ExecutorService worker(String name, int threads) {
        ThreadPoolExecutor worker = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(name));
        worker.allowCoreThreadTimeOut(true);
        return remember(worker);
    }

    ScheduledExecutorService scheduler(String name) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, factory(name));
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        scheduler.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        scheduler.setRemoveOnCancelPolicy(true);
        return remember(scheduler);
    }

    private synchronized <E extends ExecutorService> E remember(E executor) {
        executors.add(executor);
        return executor;
    }

    private ThreadFactory factory(String name) {
        AtomicInteger count = new AtomicInteger();
        ThreadFactory plain = Executors.defaultThreadFactory();
        return task -> {
            Thread thread = plain.newThread(task);
            thread.setName("dm-" + device + "-" + name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(source.loader() != null ? source.loader() : thread.getContextClassLoader());
            return thread;
        };
    }

    /**
     * Ends all threads. False if some would not end even when interrupted.
     */
    synchronized boolean end() {
        executors.forEach(ExecutorService::shutdown);
        boolean ended = true;
        for (ExecutorService executor : executors) {
            ended &= end(executor);
        }
        return ended;
    }

    /** An interrupt of the waiting thread does not reach the target's: it could catch them in the middle of storing their state. */
    private static boolean end(ExecutorService executor) {
        boolean interrupted = false;
        boolean toldToStop = false;
        try {
            while (true) {
                try {
                    if (executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                        return true;
                    }
                    if (toldToStop) {
                        return false;
                    }
                    toldToStop = true;
                    executor.shutdownNow();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
