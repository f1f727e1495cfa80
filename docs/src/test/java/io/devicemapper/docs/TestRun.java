package io.devicemapper.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URLClassLoader;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs test classes that were compiled in a test. */
final class TestRun {
    private TestRun() {}

    /**
     * Runs all tests of a class; none may fail.
     *
     * @param compilation has the class
     * @param testClass its name
     * @param atLeast how many must succeed
     */
    static void passes(Compilation compilation, String testClass, int atLeast)
            throws IOException, ReflectiveOperationException {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = compilation.loader()) {
            thread.setContextClassLoader(loader);
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(loader.loadClass(testClass)))
                    .build();
            LauncherFactory.create().execute(request, listener);
        } finally {
            thread.setContextClassLoader(before);
        }
        StringWriter failures = new StringWriter();
        listener.getSummary().printFailuresTo(new PrintWriter(failures), 10);
        assertEquals(0, listener.getSummary().getTotalFailureCount(), failures::toString);
        assertTrue(
                listener.getSummary().getTestsSucceededCount() >= atLeast,
                () -> testClass + ": " + listener.getSummary().getTestsSucceededCount() + " tests succeeded");
    }
}
