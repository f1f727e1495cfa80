package io.devicemapper.core;

/** How to suspend a device. */
public enum SuspendFlag {
    /** Bios that are queued inside targets may be pushed back instead of drained: {@code dmsetup suspend --noflush}. */
    NOFLUSH,
    /** Accepted for the sake of scripts: there is no file system of ours above a device that could be frozen. */
    NOLOCKFS
}
