package io.devicemapper.nbd.client;

/**
 * Keeps account of which acknowledged writes are durable.
 *
 * <p>Acknowledged writes are numbered in the order of their answers. A flush promises the writes that had been acknowledged when
 * it was submitted; their count is its <em>mark</em>. A connection that breaks may have broken because the server died, and
 * with it whatever its volatile cache held. Each write up to {@code settled} is known to be durable, or its possible loss has
 * been reported by a flush that failed.
 *
 * <p>Guarded by the {@link RequestQueue}.
 */
final class FlushLedger {
    private long acknowledged;
    private long settled;
    private long suspect;
    private long losses;

    /** A write was acknowledged that is not durable by itself. */
    void writeAcknowledged() {
        acknowledged++;
    }

    /** The mark of a flush that is submitted now. */
    long mark() {
        return acknowledged;
    }

    /** A flush with this mark succeeded. */
    void flushed(long mark) {
        settled = Math.max(settled, mark);
    }

    /** The connection broke: what was acknowledged and is not settled may be lost. */
    void connectionLost() {
        suspect = acknowledged;
        losses++;
    }

    /** How often a connection broke. */
    long losses() {
        return losses;
    }

    /** Whether a flush with this mark promises a write that may be lost. It must fail, and be {@link #lossReported reported}. */
    boolean promisesSuspects(long mark) {
        return Math.min(mark, suspect) > settled;
    }

    /** A flush with this mark failed, and told the submitter about every suspect before it. */
    void lossReported(long mark) {
        settled = Math.max(settled, Math.min(mark, suspect));
    }
}
