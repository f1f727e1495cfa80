package io.devicemapper.cli;

import io.devicemapper.core.CreateRequest;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import io.devicemapper.core.MappedDevice;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Devices that are created one after another, and all or none of which are to stay. */
final class DeviceBatch {
    private static final System.Logger LOG = System.getLogger(DeviceBatch.class.getName());

    private final DeviceMapper mapper;
    private final Deque<MappedDevice> created = new ArrayDeque<>();

    DeviceBatch(DeviceMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * Creates a device as described.
     *
     * @param directory where relative paths in its table start from
     */
    void create(DeviceSpec device, Path directory) throws DmException {
        CreateRequest create = CreateRequest.named(device.name())
                .directory(directory)
                .readOnly(device.readOnly())
                .table(device.table());
        if (device.uuid().isPresent()) {
            create = create.uuid(device.uuid().get());
        }
        if (device.minor().isPresent()) {
            create = create.minor(device.minor().getAsInt());
        }
        created.push(mapper.create(create));
    }

    /** Removes what was created, the last first. What somebody has opened in the meantime stays, and is logged. */
    void undo() {
        while (!created.isEmpty()) {
            MappedDevice device = created.pop();
            try {
                mapper.remove(device.name());
            } catch (DmException e) {
                LOG.log(System.Logger.Level.WARNING, e.getMessage());
            }
        }
    }
}
