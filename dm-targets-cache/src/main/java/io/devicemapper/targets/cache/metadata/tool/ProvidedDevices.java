package io.devicemapper.targets.cache.metadata.tool;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** Devices by name, as in a table: {@code SCHEME:...}, or the path of a file or of a block device of the host. */
final class ProvidedDevices implements DeviceOpener {
    private static final String DEFAULT_SCHEME = "file";

    @Override
    public BlockDevice open(String name, boolean readOnly) throws IOException {
        TreeSet<String> known = new TreeSet<>();
        String scheme = schemeOf(name);
        for (BlockDeviceProvider provider :
                ServiceLoader.load(BlockDeviceProvider.class, ProvidedDevices.class.getClassLoader())) {
            if (provider.scheme().equals(scheme)) {
                return provider.open(name, new Context(readOnly));
            }
            known.add(provider.scheme());
        }
        throw new IOException(name + ": no devices of scheme " + scheme + " are known; known: "
                + (known.isEmpty() ? "none" : String.join(", ", known)));
    }

    private static String schemeOf(String name) {
        int colon = name.indexOf(':');
        return colon > 1 && name.substring(0, colon).matches("[a-z][a-z0-9+.-]+")
                ? name.substring(0, colon)
                : DEFAULT_SCHEME;
    }

    private record Context(boolean readOnly) implements BlockDeviceProvider.OpenContext {
        @Override
        public Path directory() {
            return Path.of("").toAbsolutePath();
        }
    }
}
