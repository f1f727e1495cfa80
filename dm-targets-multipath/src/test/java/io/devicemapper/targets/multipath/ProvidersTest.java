package io.devicemapper.targets.multipath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.path.PathSelector;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.ServiceDeclarations;
import java.io.IOException;
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
        ServiceDeclarations.besides(MultipathTarget.class).assertAgree(service);
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
}
