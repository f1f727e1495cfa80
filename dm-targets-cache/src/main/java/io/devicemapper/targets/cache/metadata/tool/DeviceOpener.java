package io.devicemapper.targets.cache.metadata.tool;

import io.devicemapper.block.BlockDevice;
import java.io.IOException;

/** Opens the devices that the tool is told of. */
interface DeviceOpener {
    /**
     * Opens a device.
     *
     * @param name as written
     * @param readOnly whether it will only be read
     * @throws IOException if it cannot be opened; for a device in use the message names the holder
     */
    BlockDevice open(String name, boolean readOnly) throws IOException;
}
