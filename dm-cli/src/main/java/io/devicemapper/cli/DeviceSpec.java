package io.devicemapper.cli;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A device to create, as a DMTAB file or the concise format describes it.
 *
 * @param name the device's name
 * @param uuid its uuid, if it is to have one
 * @param minor its minor number, if it is to be a certain one
 * @param readOnly whether its table is read-only
 * @param table the table, one target a line; without lines for a device without a table
 * @param line the number of the line that names the device, from 1
 */
record DeviceSpec(String name, Optional<String> uuid, OptionalInt minor, boolean readOnly, String table, int line) {
    /** Shows the name alone: a table may hold keys. */
    @Override
    public String toString() {
        return "DeviceSpec[" + name + "]";
    }
}
