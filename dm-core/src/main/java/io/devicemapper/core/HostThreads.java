package io.devicemapper.core;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The few threads of a device mapper: none of them is on the way of a bio that nobody held back. */
final class HostThreads {
    /** Bios that were held back and go to a device that may wait are submitted by this many threads side by side. */
    private static final int SUBMITTERS = 16;

    private static final long IDLE_SECONDS = 10;
    private static final long REPEAT_SECONDS = 2;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons("dm-timer"));
    private final ThreadPoolExecutor submitter = new ThreadPoolExecutor(
            SUBMITTERS, SUBMITTERS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("dm-submit"));

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

    /** Runs a task again and again, with some seconds between. */
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the timer
    void repeat(Runnable task) {
        timer.scheduleWithFixedDelay(task, REPEAT_SECONDS, REPEAT_SECONDS, TimeUnit.SECONDS);
    }

    void end() {
        timer.shutdownNow();
        submitter.shutdown();
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
