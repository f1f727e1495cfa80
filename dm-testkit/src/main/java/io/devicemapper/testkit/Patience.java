package io.devicemapper.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * How long the kit waits for what must happen: far longer than it ever takes, so that only what never happens is found to be late. The system property
 * {@code dm.testkit.patienceMillis} sets it.
 */
final class Patience {
    private static final String PROPERTY = "dm.testkit.patienceMillis";
    private static final long DEFAULT_MILLIS = 20_000;

    /** A condition without anybody who tells of its change is looked at this often. */
    private static final long LOOK_MILLIS = 2;

    private Patience() {}

    static long millis() {
        return Long.getLong(PROPERTY, DEFAULT_MILLIS);
    }

    /** Waits for a latch. */
    static void await(CountDownLatch latch, String what) throws InterruptedException {
        if (!latch.await(millis(), TimeUnit.MILLISECONDS)) {
            throw late(what);
        }
    }

    /** Waits until a condition holds that nobody signals. */
    static boolean holds(BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis());
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNanos || never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                return false;
            }
        }
        return true;
    }

    /** Runs what might never return on a thread of its own, which is interrupted if it does not in time. */
    static <T> T call(String what, Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future, "kit-" + what.replace(' ', '-'));
        thread.setDaemon(true);
        thread.start();
        try {
            return future.get(millis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            AssertionError late = late(what);
            late.setStackTrace(thread.getStackTrace());
            thread.interrupt();
            throw late;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private static AssertionError late(String what) {
        return new AssertionError(what + ": has not ended within " + millis() + " ms");
    }
}
