package io.devicemapper.target;

/**
 * What a target type demands of the tables that it appears in.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/index.html">Linux: device mapper</a>
 */
public enum TargetFeature {
    /** Must be the only target of its table. */
    SINGLETON,
    /** May not be in a read-only table. */
    ALWAYS_WRITEABLE,
    /** Once live, later tables of the device must use the same type, and it alone. */
    IMMUTABLE,
    /** May replace any target, even an immutable one. */
    WILDCARD
}
