package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The target is found on the class path and on the module path alike. */
class ProvidersTest {
    @ParameterizedTest
    @ValueSource(classes = {TargetType.class, KeyProvider.class})
    void moduleInfoAndServiceFileNameTheSame(Class<?> service) throws IOException {
        List<String> inModule = moduleDescriptor().provides().stream()
                .filter(provides -> provides.service().equals(service.getName()))
                .flatMap(provides -> provides.providers().stream())
                .sorted()
                .toList();
        assertEquals(serviceFile(service), inModule);
        assertFalse(inModule.isEmpty());
    }

    @Test
    void theServiceLoaderMakesThem() {
        List<TargetType<?>> found = new ArrayList<>();
        for (TargetType<?> type : ServiceLoader.load(TargetType.class)) {
            if (type.getClass().getPackage().equals(CryptTarget.class.getPackage())) {
                found.add(type);
            }
        }
        found.sort(Comparator.comparing(TargetType::name));
        assertEquals(
                List.of("crypt 1.24.0"),
                found.stream().map(type -> type.name() + " " + type.version()).toList());
        assertTrue(found.stream().allMatch(type -> type.apiLevel() == DmApi.LEVEL));
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
        String classes = CryptTarget.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString();
        return URI.create(classes + path).toURL().openStream();
    }
}
