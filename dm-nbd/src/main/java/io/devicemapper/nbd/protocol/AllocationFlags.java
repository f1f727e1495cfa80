package io.devicemapper.nbd.protocol;

import io.devicemapper.block.ExtentType;

/** The metadata context {@code base:allocation} and the bits of its extents. 0 means allocated data, a safe answer always. */
public final class AllocationFlags {
    /** The namespace of the contexts that the protocol itself defines, with its colon. */
    public static final String BASE_NAMESPACE = "base:";

    /** The name of the context. */
    public static final String CONTEXT = "base:allocation";

    /** The extent is not allocated. */
    public static final int HOLE = 1;

    /** The extent reads as zeroes. */
    public static final int ZERO = 2;

    private AllocationFlags() {}

    /** The bits for an extent of a device. */
    public static int of(ExtentType type) {
        return switch (type) {
            case DATA -> 0;
            case ZERO -> ZERO;
            case HOLE -> HOLE | ZERO;
        };
    }

    /** What the bits of an extent say about a device. A hole that is not said to read as zeroes may hold anything: data. */
    public static ExtentType toExtentType(int flags) {
        if ((flags & ZERO) == 0) {
            return ExtentType.DATA;
        }
        return (flags & HOLE) == 0 ? ExtentType.ZERO : ExtentType.HOLE;
    }
}
