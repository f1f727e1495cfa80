package io.devicemapper.core;

/** How to remove a device. */
public enum RemoveFlag {
    /** First replace the table by one that fails every bio, so that users above get errors: {@code dmsetup remove --force}. */
    FORCE,
    /** If the device is open, remove it when the last user has closed it: {@code dmsetup remove --deferred}. */
    DEFERRED
}
