package io.devicemapper.targets.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.ServiceDeclarations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** The targets are found on the class path and on the module path alike. */
class ProvidersTest {
    @Test
    void moduleInfoAndServiceFileNameTheSameTargets() throws IOException {
        ServiceDeclarations.besides(LinearTarget.class).assertAgree(TargetType.class);
    }

    @Test
    void theServiceLoaderMakesThem() {
        List<TargetType<?>> found = new ArrayList<>();
        for (TargetType<?> type : ServiceLoader.load(TargetType.class)) {
            if (type.getClass().getPackage().equals(LinearTarget.class.getPackage())) {
                found.add(type);
            }
        }
        found.sort(Comparator.comparing(TargetType::name));
        assertEquals(
                List.of("error 1.7.0", "linear 1.4.0", "striped 1.6.0", "zero 1.2.0"),
                found.stream().map(type -> type.name() + " " + type.version()).toList());
        assertTrue(found.stream().allMatch(type -> type.apiLevel() == DmApi.LEVEL));
    }
}
