package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.cache.CachePolicy;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import io.devicemapper.targets.cache.policy.SmqPolicy;
import io.devicemapper.testkit.ServiceDeclarations;
import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The policies and the tool are found on the class path and on the module path alike. */
class ProvidersTest {
    @ParameterizedTest
    @ValueSource(classes = {CachePolicy.class, TargetType.class, ToolProvider.class})
    void moduleInfoAndServiceFileNameTheSame(Class<?> service) throws IOException {
        ServiceDeclarations.besides(SmqPolicy.class).assertAgree(service);
    }

    @Test
    void theServiceLoaderMakesThePolicies() {
        List<CachePolicy> found = ServiceLoader.load(CachePolicy.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(policy -> policy.getClass().getPackage().equals(SmqPolicy.class.getPackage()))
                .toList();
        assertEquals(
                List.of("cleaner 1.0.0", "lru 1.0.0", "mq 2.0.0", "smq 2.0.0"),
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
}
