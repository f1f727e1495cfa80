package io.devicemapper.cli;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.OpenHandle;
import io.devicemapper.nbd.server.NbdExport;
import io.devicemapper.nbd.server.NbdExports;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Every mapped device there is at the moment, as an export of its name. */
final class MappedExports implements NbdExports {
    private final DeviceMapper mapper;

    MappedExports(DeviceMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public List<NbdExport> list() {
        return mapper.devices().stream().<NbdExport>map(MappedExport::new).toList();
    }

    /** The empty name asks for a default: the only device, where there is just one. */
    @Override
    public Optional<NbdExport> find(String name) {
        if (!name.isEmpty()) {
            return mapper.device(name).map(MappedExport::new);
        }
        List<MappedDevice> devices = mapper.devices();
        return devices.size() == 1 ? Optional.of(new MappedExport(devices.get(0))) : Optional.empty();
    }

    private record MappedExport(MappedDevice mapped) implements NbdExport {
        @Override
        public String name() {
            return mapped.name();
        }

        @Override
        public BlockDevice device() {
            return mapped;
        }

        @Override
        public Closeable open(String holder) throws IOException {
            try {
                OpenHandle handle = mapped.open(holder);
                return handle::close;
            } catch (DmException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
