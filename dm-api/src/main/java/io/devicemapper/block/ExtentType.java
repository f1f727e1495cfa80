package io.devicemapper.block;

/** What an extent of a device holds. */
public enum ExtentType {
    /** Data, or nobody knows better. */
    DATA,
    /** Allocated, and reads as zeroes. */
    ZERO,
    /** Not allocated, and reads as zeroes. */
    HOLE
}
