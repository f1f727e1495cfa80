package io.devicemapper.core;

/** How to remove a device. */
public enum RemoveFlag {
    /**
     * First replace the table by one that fails every bio, so that users above get errors: {@code dmsetup remove --force}. Waits only so
     * long for what is under way: bios that a target keeps are taken from it and fail, devices below that nobody else uses are closed,
     * control operations that wait for bios fail. A target whose code does not return is left where it is: the name is free, and the
     * target's devices and classes are given back when it does return.
     */
    FORCE,
    /** If the device is open, remove it when the last user has closed it: {@code dmsetup remove --deferred}. */
    DEFERRED
}
