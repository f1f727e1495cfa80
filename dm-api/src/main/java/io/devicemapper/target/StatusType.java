package io.devicemapper.target;

/** Which status text is asked for. */
public enum StatusType {
    /** What {@code dmsetup status} shows: the target's state. */
    INFO,
    /**
     * What {@code dmsetup table} shows: arguments that make the same target when given to {@code ctr}. A key is shown as the same
     * number of zeroes.
     */
    TABLE
}
