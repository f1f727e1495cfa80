package io.devicemapper.testkit.wrong;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import io.devicemapper.target.TargetType;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs rules of the kit on one wrong target, as JUnit would. Not safe for use by several threads. */
final class MistakenKit {
    private static final String PATIENCE = "dm.testkit.patienceMillis";

    /** What never comes need not be waited for as long as usual. */
    private static final String SHORT_PATIENCE_MILLIS = "1500";

    /** The kit for the target at hand. Its name keeps builds from running it. */
    static final class Subject extends JoinConformance {
        private static Class<? extends TargetType<?>> wrong = JoinTarget.class;

        Subject() {
            super(() -> newTarget(wrong));
        }
    }

    private MistakenKit() {}

    private static TargetType<?> newTarget(Class<? extends TargetType<?>> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + ": cannot be made", e);
        }
    }

    /** All rules there are. */
    static Collection<String> rules() {
        return new TreeSet<>(ruleMethods().map(MistakenKit::number).toList());
    }

    private static Stream<Method> ruleMethods() {
        return Stream.of(Subject.class.getMethods()).filter(m -> m.isAnnotationPresent(Test.class));
    }

    private static String number(Method rule) {
        return rule.getName().substring(0, rule.getName().indexOf('_'));
    }

    /**
     * Runs rules on a target.
     *
     * @param type the target
     * @param rules their numbers; none for all
     * @return the rules that turned red, and why
     */
    static SortedMap<String, String> redRules(Class<? extends TargetType<?>> type, Collection<String> rules) {
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        if (rules.isEmpty()) {
            request.selectors(selectClass(Subject.class));
        } else {
            ruleMethods()
                    .filter(m -> rules.contains(number(m)))
                    .forEach(m -> request.selectors(selectMethod(Subject.class, m)));
        }
        return run(type, request.build());
    }

    private static SortedMap<String, String> run(
            Class<? extends TargetType<?>> type, LauncherDiscoveryRequest request) {
        SortedMap<String, String> red = new TreeMap<>();
        String patienceBefore = System.setProperty(PATIENCE, SHORT_PATIENCE_MILLIS);
        Subject.wrong = type;
        try {
            LauncherFactory.create().execute(request, new TestExecutionListener() {
                @Override
                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                    if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                        String name = test.getDisplayName();
                        red.put(
                                test.isTest() ? name.substring(0, name.indexOf('_')) : name,
                                String.valueOf(result.getThrowable().orElse(null)));
                    }
                }
            });
        } finally {
            if (patienceBefore == null) {
                System.clearProperty(PATIENCE);
            } else {
                System.setProperty(PATIENCE, patienceBefore);
            }
        }
        return red;
    }
}
