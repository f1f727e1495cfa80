package io.devicemapper.target;

import io.devicemapper.block.BlockDevice;

/** What a target may know of the table that it stands in. Immutable and safe for use by several threads. */
public interface DmTable {
    /** Size of the table in sectors; during {@code ctr} the end of the lines read so far, this target's included. */
    long sectors();

    /** Whether the mapped device is read-only with this table. */
    boolean readOnly();

    /** How a target of this table uses its devices unless it says otherwise. */
    default DeviceMode mode() {
        return readOnly() ? DeviceMode.READ_ONLY : DeviceMode.READ_WRITE;
    }

    /**
     * Whether any claimed device of this table may wait; see {@link BlockDevice#mayWait}. Not known during {@code ctr}, where it
     * is false.
     */
    boolean mayWait();
}
