package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Which providers a jar declares, for the module path in {@code module-info} and for the class path in {@code META-INF/services}. */
public final class ServiceDeclarations {
    private final String location;

    private ServiceDeclarations(String location) {
        this.location = location;
    }

    /** Those of the jar, or folder of classes, that a class comes from. */
    public static ServiceDeclarations besides(Class<?> member) {
        return new ServiceDeclarations(
                member.getProtectionDomain().getCodeSource().getLocation().toString());
    }

    /**
     * Checks that both name the same providers of a service, and at least one.
     *
     * @throws AssertionError if they do not
     * @throws IOException if one of the two is not there
     */
    public void assertAgree(Class<?> service) throws IOException {
        List<String> inModule = moduleDescriptor().provides().stream()
                .filter(provides -> provides.service().equals(service.getName()))
                .flatMap(provides -> provides.providers().stream())
                .sorted()
                .toList();
        assertEquals(serviceFile(service), inModule);
        assertFalse(inModule.isEmpty(), "no provider of " + service.getName());
    }

    private ModuleDescriptor moduleDescriptor() throws IOException {
        try (InputStream in = resource("module-info.class")) {
            return ModuleDescriptor.read(in);
        }
    }

    private List<String> serviceFile(Class<?> service) throws IOException {
        try (InputStream in = resource("META-INF/services/" + service.getName())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .sorted()
                    .toList();
        }
    }

    /** Other modules on the class path have files of the same name, so no class loader is asked. */
    private InputStream resource(String path) throws IOException {
        String url = location.endsWith("/") ? location + path : "jar:" + location + "!/" + path;
        return URI.create(url).toURL().openStream();
    }
}
