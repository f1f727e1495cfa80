package io.devicemapper.core;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The few threads of a device mapper: none of them is on the way of a bio that nobody held back. A task that comes when they have been ended runs
 * on the thread that brings it, since a bio may depend on it.
 */
final class HostThreads {
    /** Bios that were held back and go to a device that may wait are submitted by this many threads side by side. */
    private static final int SUBMITTERS = 16;

    private static final long IDLE_SECONDS = 10;
    private static final long REPEAT_SECONDS = 2;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons("dm-timer"));
    private final ThreadPoolExecutor submitter = new ThreadPoolExecutor(
            SUBMITTERS,
            SUBMITTERS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons("dm-submit"),
            (task, ended) -> task.run());

    /** Removals wait for bios, which may need a submitter: they have threads of their own, as many as it takes. */
    private final ThreadPoolExecutor remover = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            daemons("dm-remove"),
            (task, ended) -> task.run());

    /** Whoever looks for plugins runs their code, which may never return: no bio that was held back may wait for that. */
    private final ScheduledThreadPoolExecutor plugins = new ScheduledThreadPoolExecutor(1, daemons("dm-plugins"));

    HostThreads() {
        submitter.allowCoreThreadTimeOut(true);
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    Executor submitter() {
        return submitter;
    }

    /** Looks for plugins again and again, with some seconds between. */
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the executor
    void repeatLookForPlugins(Runnable task) {
        plugins.scheduleWithFixedDelay(task, REPEAT_SECONDS, REPEAT_SECONDS, TimeUnit.SECONDS);
    }

    Executor remover() {
        return remover;
    }

    void end() {
        timer.shutdownNow();
        plugins.shutdownNow();
        submitter.shutdown();
        remover.shutdown();
    }

    private static ThreadFactory daemons(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
