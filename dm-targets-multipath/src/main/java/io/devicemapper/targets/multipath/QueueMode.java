package io.devicemapper.targets.multipath;

/** What the kernel's multipath works on. Here all of them work on bios, and the mode is kept for what it shows in tables. */
enum QueueMode {
    /** The kernel's default: whole requests, as a disk's driver sees them. */
    RQ,
    /** As {@link #RQ}; an older name. */
    MQ,
    /** Bios. */
    BIO
}
