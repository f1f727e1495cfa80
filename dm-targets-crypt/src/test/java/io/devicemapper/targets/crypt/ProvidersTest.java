package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.key.KeyProvider;
import io.devicemapper.target.DmApi;
import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.ServiceDeclarations;
import java.io.IOException;
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
        ServiceDeclarations.besides(CryptTarget.class).assertAgree(service);
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
}
