package io.devicemapper.targets.multipath;

/**
 * Keeps account of whether a path has acknowledged writes that no flush has made durable. Time is counted in flushes: each flush of the target begins an epoch.
 *
 * <p>At first the path counts as written to, since a table before this one may have done so.
 */
final class UnflushedWrites {
    private static final long BEFORE_THIS_TABLE = 0;

    /** The epoch of the first write that this table can carry. */
    static final long FIRST_EPOCH = 1;

    /** The epoch in which the path acknowledged its latest write. */
    volatile long writtenEpoch = BEFORE_THIS_TABLE;

    private long settledEpoch = BEFORE_THIS_TABLE - 1;
    private long lossesAtSettlement;

    /** Whether a flush has to see to the path. */
    synchronized boolean isDirty() {
        return writtenEpoch > settledEpoch;
    }

    /** Whether the path acknowledged writes of this table which no flush has seen to. */
    synchronized boolean hasOwn() {
        return writtenEpoch > Math.max(settledEpoch, BEFORE_THIS_TABLE);
    }

    /** What the path acknowledged before the flush that ended this epoch is durable, or its loss has been told. */
    synchronized void settle(long epoch) {
        settledEpoch = Math.max(settledEpoch, epoch);
    }

    /** How often the path's cache had been lost when the oldest write that is not settled may have been acknowledged. */
    synchronized long lossesAtSettlement() {
        return lossesAtSettlement;
    }

    synchronized void lossesAtSettlement(long losses) {
        lossesAtSettlement = losses;
    }
}
