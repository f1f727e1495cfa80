package io.devicemapper.nbd.server;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.protocol.WireStrings;
import java.io.Closeable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A fixed set of devices that nobody counts the users of. */
final class DeviceExports implements NbdExports {
    private final Map<String, NbdExport> byName = new LinkedHashMap<>();

    DeviceExports(Map<String, ? extends BlockDevice> devices) {
        devices.forEach((name, device) -> {
            if (!WireStrings.isName(name)) {
                throw new IllegalArgumentException(
                        "export name '" + name + "': longer than 4096 bytes, or contains NUL");
            }
            byName.put(name, new DeviceExport(name, device));
        });
    }

    @Override
    public List<NbdExport> list() {
        return List.copyOf(byName.values());
    }

    @Override
    public Optional<NbdExport> find(String name) {
        NbdExport found = byName.get(name);
        if (found == null && name.isEmpty() && byName.size() == 1) {
            found = byName.values().iterator().next();
        }
        return Optional.ofNullable(found);
    }

    private record DeviceExport(String name, BlockDevice device) implements NbdExport {
        private static final Closeable NOTHING_TO_CLOSE = () -> {};

        @Override
        public Closeable open(String holder) {
            return NOTHING_TO_CLOSE;
        }
    }
}
