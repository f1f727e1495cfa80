package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.core.RefusedProvider;
import io.devicemapper.core.TargetInfo;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a target type says of itself. */
interface TypeRules extends Rules {
    /** As dm-api documents {@link TargetType#name}. */
    Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,14}");

    @Test
    default void typ01_nameIsWellFormed(TargetRig rig) {
        String name = rig.type().name();
        assertNotNull(name, "name()");
        assertTrue(NAME.matcher(name).matches(), () -> "name() is '" + name + "': expected " + NAME);
        assertEquals(name, rig.test().targetType().name(), "name() of another object of the type");
    }

    @Test
    default void typ02_versionAndFeaturesAreTold(TargetRig rig) {
        assertNotNull(rig.type().version(), "version()");
        assertEquals(rig.type().version(), rig.type().version(), "version(), asked twice");
        assertNotNull(rig.type().features(), "features()");
        assertEquals(rig.type().features(), rig.type().features(), "features(), asked twice");
    }

    @Test
    default void typ03_apiLevelIsOneThatExists(TargetRig rig) {
        int level = rig.type().apiLevel();
        assertTrue(
                level >= 1 && level <= DmApi.LEVEL,
                () -> "apiLevel() is " + level + ": expected 1 to " + DmApi.LEVEL + ", from DmApi.LEVEL");
    }

    @Test
    default void typ04_hostRegistersIt(TargetRig rig) {
        List<TargetInfo> registered = rig.deviceMapper().targets();
        assertTrue(
                registered.stream()
                        .anyMatch(t -> t.name().equals(rig.type().name())
                                && t.version().equals(rig.type().version())),
                () -> "not among " + registered + "; refused: "
                        + rig.deviceMapper().refusedProviders().stream()
                                .map(RefusedProvider::toString)
                                .toList());
    }

    @Test
    default void typ05_serviceLoaderCanMakeIt(TargetRig rig) {
        Class<?> type = rig.type().getClass();
        assertTrue(Modifier.isPublic(type.getModifiers()), () -> type + " is not public");
        boolean constructor = List.of(type.getConstructors()).stream().anyMatch(c -> c.getParameterCount() == 0);
        boolean provider = List.of(type.getMethods()).stream().anyMatch(TypeRules::isProvider);
        assertTrue(
                constructor || provider,
                () -> type + " has neither a public constructor without arguments nor a static provider()");
    }

    private static boolean isProvider(Method method) {
        return method.getName().equals("provider")
                && method.getParameterCount() == 0
                && Modifier.isStatic(method.getModifiers())
                && TargetType.class.isAssignableFrom(method.getReturnType());
    }
}
