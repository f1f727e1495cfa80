package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.CachePolicy;
import io.devicemapper.target.DmApi;
import io.devicemapper.targets.cache.policy.SmqPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The policies and the tool are found on the class path and on the module path alike. */
class ProvidersTest {
    @ParameterizedTest
    @ValueSource(classes = {CachePolicy.class, ToolProvider.class})
    void moduleInfoAndServiceFileNameTheSame(Class<?> service) throws IOException {
        List<String> inModule = moduleDescriptor().provides().stream()
                .filter(provides -> provides.service().equals(service.getName()))
                .flatMap(provides -> provides.providers().stream())
                .sorted()
                .toList();
        assertEquals(serviceFile(service), inModule);
        assertTrue(inModule.size() > 0);
    }

    @Test
    void theServiceLoaderMakesThePolicies() {
        List<CachePolicy> found = ServiceLoader.load(CachePolicy.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(policy -> policy.getClass().getPackage().equals(SmqPolicy.class.getPackage()))
                .toList();
        assertEquals(
                List.of("lru 1.0.0", "smq 2.0.0"),
                found.stream()
                        .map(policy -> policy.name() + " " + policy.version())
                        .sorted()
                        .toList());
        assertTrue(found.stream().allMatch(policy -> policy.apiLevel() == DmApi.LEVEL));
    }

    @Test
    void theServiceLoaderMakesTheTool() {
        assertTrue(ServiceLoader.load(ToolProvider.class).stream()
                .anyMatch(tool -> tool.get().name().equals("dm-cache-sim")));
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
        String classes = SmqPolicy.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString();
        return URI.create(classes + path).toURL().openStream();
    }
}
