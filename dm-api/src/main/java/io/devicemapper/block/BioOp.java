package io.devicemapper.block;

/**
 * What a {@link Bio} asks a device to do.
 *
 * <p>A device or target gets only the operations of the API level that it was compiled against; the host answers for newer
 * ones. An exhaustive {@code switch} over this enum therefore stays valid when a later level adds a constant.
 *
 * @see <a href="https://docs.kernel.org/block/index.html">Linux block layer documentation</a>
 */
public enum BioOp {
    /** Fills the payload from the device. */
    READ,
    /** Stores the payload on the device. */
    WRITE,
    /**
     * Makes every write that had completed before the flush was submitted durable. Carries neither range nor payload. Two
     * flushes are not ordered against each other.
     */
    FLUSH,
    /** Says that the range's content is no longer needed; what a later read returns is undefined. A hint: no data moves. */
    DISCARD,
    /** Makes the range read as zeroes, without a payload. */
    WRITE_ZEROES;

    /** Whether a bio of this kind carries a payload: {@link #READ} and {@link #WRITE}. */
    public boolean hasPayload() {
        return this == READ || this == WRITE;
    }

    /** Whether this operation may change what the device holds: all but {@link #READ} and {@link #FLUSH}. */
    public boolean modifies() {
        return this == WRITE || this == DISCARD || this == WRITE_ZEROES;
    }
}
