package io.devicemapper.target;

/** How a target uses a device that it claims. */
public enum DeviceMode {
    /** Reads only. */
    READ_ONLY,
    /** Reads and writes. */
    READ_WRITE
}
