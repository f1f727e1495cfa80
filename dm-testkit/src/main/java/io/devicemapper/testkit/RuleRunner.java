package io.devicemapper.testkit;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Runs each rule on a rig and a thread group of its own, for a limited time, and looks for what it leaves behind: so every rule also checks that no
 * bio, claim or thread is left. Whatever a rule throws then tells its seed.
 */
final class RuleRunner implements ParameterResolver, InvocationInterceptor {
    private static final String SEED_PROPERTY = "dm.testkit.seed";
    private static final int PATIENCES_PER_RULE = 6;

    /** Threads that the JDK and libraries start once and keep, whoever comes first. */
    private static final Set<String> SHARED_THREADS =
            Set.of("CompletableFutureDelayScheduler", "Common-Cleaner", "JNA Cleaner", "process reaper");

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return Rig.class.isAssignableFrom(parameter.getParameter().getType());
    }

    @Override
    public Rig resolveParameter(ParameterContext parameter, ExtensionContext context) {
        long seed = Long.getLong(SEED_PROPERTY, new Random().nextLong());
        return context.getRequiredTestInstance() instanceof BlockDeviceConformanceTest test
                ? new DeviceRig(test, seed)
                : new TargetRig((TargetConformanceTest) context.getRequiredTestInstance(), RigSetup.of(seed));
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext extensionContext)
            throws Throwable {
        List<Object> arguments = invocationContext.getArguments();
        if (arguments.size() != 1 || !(arguments.get(0) instanceof Rig rig)) {
            invocation.proceed(); // a test of the author's own
            return;
        }
        String rule = invocationContext.getExecutable().getName();
        Throwable failure = runInGroup(rule, () -> {
            Throwable failed = outcome(invocation::proceed);
            Throwable left = outcome(rig::end);
            if (failed == null) {
                failed = left;
            } else if (left != null) {
                failed.addSuppressed(left);
            }
            if (failed != null) {
                throw failed;
            }
        });
        if (failure == null || failure instanceof TestAbortedException) {
            if (failure != null) {
                throw failure;
            }
            return;
        }
        String message = rule + " (see docs/conformance.md; repeat with -D" + SEED_PROPERTY + "=" + rig.seed() + "): "
                + (failure instanceof AssertionError ? failure.getMessage() : failure);
        throw new AssertionError(message, failure);
    }

    private interface Body {
        void run() throws Throwable;
    }

    /** Runs a rule, and returns why it failed, or null. */
    private static Throwable runInGroup(String rule, Body body) throws InterruptedException {
        ThreadGroup group = new ThreadGroup(rule);
        Throwable[] failure = new Throwable[1];
        Thread thread = new Thread(group, () -> failure[0] = outcome(body), rule);
        thread.setDaemon(true);
        thread.start();
        thread.join(PATIENCES_PER_RULE * Patience.millis());
        if (thread.isAlive()) {
            AssertionError late = new AssertionError("has not ended within "
                    + TimeUnit.MILLISECONDS.toSeconds(PATIENCES_PER_RULE * Patience.millis()) + " s");
            late.setStackTrace(thread.getStackTrace());
            group.interrupt();
            return late;
        }
        List<Thread> left = new ArrayList<>();
        boolean ended = Patience.holds(() -> {
            left.clear();
            left.addAll(threadsOf(group));
            return left.isEmpty();
        });
        if (!ended) {
            AssertionError leak = new AssertionError("threads left: " + left);
            leak.setStackTrace(left.get(0).getStackTrace());
            group.interrupt();
            if (failure[0] == null || failure[0] instanceof TestAbortedException) {
                return leak;
            }
            failure[0].addSuppressed(leak);
        }
        return failure[0];
    }

    private static Throwable outcome(Body body) {
        try {
            body.run();
            return null;
        } catch (Throwable t) { // given to JUnit by the thread that waits for this one
            return t;
        }
    }

    private static List<Thread> threadsOf(ThreadGroup group) {
        Thread[] threads = new Thread[group.activeCount() + 16];
        int count = group.enumerate(threads);
        List<Thread> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Thread thread = threads[i];
            boolean shared = SHARED_THREADS.contains(thread.getName())
                    || (thread instanceof ForkJoinWorkerThread worker && worker.getPool() == ForkJoinPool.commonPool());
            if (!shared) {
                found.add(thread);
            }
        }
        return found;
    }
}
