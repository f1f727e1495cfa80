package io.devicemapper.testkit.wrong;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.DeviceRequest;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
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

/** Runs rules of the kit on one wrong target or device, as JUnit would. Not safe for use by several threads. */
enum MistakenKit {
    /** For targets. */
    TARGETS(JoinTarget.class, WrongTarget.class),

    /** For devices. */
    DEVICES(PlainDisk.class, WrongDevice.class);

    private static final String PATIENCE = "dm.testkit.patienceMillis";

    /** What a wrong one never does need not be waited for as long as usual. */
    private static final String SHORT_PATIENCE_MILLIS = "700";

    private static final String SEED = "dm.testkit.seed";

    /** A power cut may spare all that was not flushed, and so a wrong target: one that does not is used for all of them. */
    private static final String FIXED_SEED = "3";

    private static final List<Class<?>> GROUPS = List.of(
            WrongMappings.class,
            WrongEndings.class,
            WrongWords.class,
            WrongLeftovers.class,
            WrongDisks.class,
            WrongDiskEndings.class);

    /** What is wrong at the moment; null for nothing. */
    private static Class<?> wrong;

    /** The kit for the target at hand. Its name keeps builds from running it. */
    static final class WrongTarget extends JoinConformance {
        WrongTarget() {
            super(() -> (TargetType<?>) make(JoinTarget.class, new Class<?>[0]));
        }
    }

    /** The kit for the device at hand. */
    static final class WrongDevice extends DiskConformance {
        WrongDevice() {
            super(request -> (BlockDevice) make(PlainDisk.class, new Class<?>[] {DeviceRequest.class}, request));
        }
    }

    private final Class<?> right;
    private final Class<?> kit;

    MistakenKit(Class<?> right, Class<?> kit) {
        this.right = right;
        this.kit = kit;
    }

    private static Object make(Class<?> right, Class<?>[] parameters, Object... arguments) {
        try {
            return (wrong == null ? right : wrong).getConstructor(parameters).newInstance(arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(wrong + ": cannot be made", e);
        }
    }

    /** What is not wrong, and all else is made from. */
    Class<?> right() {
        return right;
    }

    /** Everything that is wrong. */
    List<Class<?>> mistakes() {
        return GROUPS.stream()
                .<Class<?>>flatMap(group -> Stream.of(group.getDeclaredClasses()))
                .filter(right::isAssignableFrom)
                .sorted((a, b) -> a.getSimpleName().compareTo(b.getSimpleName()))
                .toList();
    }

    /** All rules there are. */
    SortedSet<String> rules() {
        return new TreeSet<>(ruleMethods().map(MistakenKit::number).toList());
    }

    private Stream<Method> ruleMethods() {
        return Stream.of(kit.getMethods()).filter(m -> m.isAnnotationPresent(Test.class));
    }

    private static String number(Method rule) {
        return rule.getName().substring(0, rule.getName().indexOf('_'));
    }

    /**
     * Runs rules.
     *
     * @param type the target or device
     * @param rules their numbers; none for all
     * @return the rules that turned red, and why
     */
    SortedMap<String, String> redRules(Class<?> type, Collection<String> rules) {
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        if (rules.isEmpty()) {
            request.selectors(selectClass(kit));
        } else {
            ruleMethods().filter(m -> rules.contains(number(m))).forEach(m -> request.selectors(selectMethod(kit, m)));
        }
        return run(type, request.build());
    }

    private static SortedMap<String, String> run(Class<?> type, LauncherDiscoveryRequest request) {
        SortedMap<String, String> red = new TreeMap<>();
        Map<String, String> before = new HashMap<>();
        if (Stream.of(values()).noneMatch(kit -> kit.right == type)) {
            before.put(PATIENCE, System.setProperty(PATIENCE, SHORT_PATIENCE_MILLIS));
            before.put(SEED, System.setProperty(SEED, FIXED_SEED));
        }
        wrong = type;
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
            before.forEach((property, value) -> {
                if (value == null) {
                    System.clearProperty(property);
                } else {
                    System.setProperty(property, value);
                }
            });
        }
        return red;
    }
}
