package io.devicemapper.nbd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.target.DmApi;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the module path and the class path find is the same. */
class ProviderDeclarationTest {
    @Test
    void bothDeclarationsNameTheSame() throws IOException, URISyntaxException {
        Path classes = Path.of(NbdDeviceProvider.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Set<String> inModule = new TreeSet<>();
        try (InputStream descriptor = Files.newInputStream(classes.resolve("module-info.class"))) {
            ModuleDescriptor.read(descriptor).provides().stream()
                    .filter(provides -> provides.service().equals(BlockDeviceProvider.class.getName()))
                    .forEach(provides -> inModule.addAll(provides.providers()));
        }
        Path services = classes.resolve("META-INF/services/" + BlockDeviceProvider.class.getName());
        assertEquals(inModule, new TreeSet<>(Files.readAllLines(services)));
        assertEquals(4, inModule.size());
    }

    @Test
    void schemesAndLevel() {
        for (String scheme : new String[] {"nbd", "nbd+unix", "nbds", "nbds+unix"}) {
            assertEquals(DmApi.LEVEL, Devices.provider(scheme + ":").apiLevel());
        }
    }
}
