package io.devicemapper.core;

/** What kind of failure a {@link DmException} reports: the errno values that dmsetup users know, by what they mean here. */
public enum DmError {
    /** No device of that name, uuid or number (ENXIO). */
    NO_SUCH_DEVICE,
    /** The name, uuid or minor number is taken (EBUSY). */
    EXISTS,
    /** The device is open, or held by somebody else (EBUSY). */
    BUSY,
    /** A name, table, argument or message is wrong (EINVAL). */
    INVALID,
    /** The wait for bios under way was interrupted (EINTR). */
    INTERRUPTED,
    /** What is asked for is known, but not done here (EOPNOTSUPP). */
    NOT_SUPPORTED
}
