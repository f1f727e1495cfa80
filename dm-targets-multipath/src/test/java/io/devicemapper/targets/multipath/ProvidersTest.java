package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Target and selectors are found on the class path and on the module path alike. */
class ProvidersTest {
    @ParameterizedTest
    @ValueSource(classes = {TargetType.class, PathSelector.class})
    void moduleInfoAndServiceFilesNameTheSameProviders(Class<?> service) throws IOException {
        List<String> inModule = moduleDescriptor().provides().stream()
                .filter(provides -> provides.service().equals(service.getName()))
                .flatMap(provides -> provides.providers().stream())
                .sorted()
                .toList();
        assertEquals(serviceFile(service), inModule);
        assertFalse(inModule.isEmpty());
    }

    @Test
    void theServiceLoaderMakesTheTarget() {
        List<TargetType<?>> found = new ArrayList<>();
        for (TargetType<?> type : ServiceLoader.load(TargetType.class)) {
            if (type instanceof MultipathTarget) {
                found.add(type);
            }
        }
        assertEquals(1, found.size());
        TargetType<?> multipath = found.get(0);
        assertEquals("multipath 1.14.0", multipath.name() + " " + multipath.version());
        assertEquals(DmApi.LEVEL, multipath.apiLevel());
    }

    @Test
    void theServiceLoaderMakesTheSelectors() {
        List<String> names = new ArrayList<>();
        for (PathSelector selector : ServiceLoader.load(PathSelector.class)) {
            assertEquals(DmApi.LEVEL, selector.apiLevel());
            names.add(selector.name());
        }
        names.sort(null);
        assertEquals(
                List.of("historical-service-time", "io-affinity", "queue-length", "round-robin", "service-time"),
                names);
    }

    private static ModuleDescriptor moduleDescriptor() throws IOException {
        try (InputStream in = resource("module-info.class")) {
            return ModuleDescriptor.read(in);
        }
    }

    private static List<String> serviceFile(Class<?> service) throws IOException {
        try (InputStream in = resource("META-INF/services/" + service.getName())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .sorted()
                    .toList();
        }
    }

    /** From where this module's classes are: other modules on the class path have files of the same name. */
    private static InputStream resource(String path) throws IOException {
        String classes = MultipathTarget.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString();
        return URI.create(classes + path).toURL().openStream();
    }
}
