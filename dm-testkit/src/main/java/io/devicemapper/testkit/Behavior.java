package io.devicemapper.testkit;

import java.util.Set;

/**
 * What a target or a device does unless its author says otherwise, in {@link TargetConformanceTest#lacks} or {@link BlockDeviceConformanceTest#lacks}. What is said to be lacking is tested too:
 * it must fail as documented, and change nothing.
 */
public enum Behavior {
    /** Reads succeed. Lacking: every read fails with IO, UNSUPPORTED or NOT_PERMITTED. */
    READS,
    /** Writes succeed. Lacking: every write fails with IO, UNSUPPORTED or NOT_PERMITTED and changes nothing. Implies that the next two are lacking. */
    WRITES,
    /** What was written reads back. Lacking: writes succeed, and change nothing of what is read. */
    STORES_WRITES,
    /** Writes, discards and write-zeroes with FUA succeed, and are durable. Lacking: they fail with UNSUPPORTED and change nothing. */
    FUA,
    /** Discards are offered and succeed. Lacking: they fail with UNSUPPORTED, or as writes do where these fail, and change nothing. */
    DISCARDS,
    /** Write-zeroes is offered and succeeds. Lacking: as for discards. */
    WRITE_ZEROES,
    /** A flush succeeds and makes all that was written before durable. Lacking: it fails with IO or UNSUPPORTED. */
    FLUSHES,
    /** An error of a lower device is an error of the bio that needed it. Lacking, for a target that has another copy: the bio succeeds, and rightly. */
    REPORTS_ERRORS,
    /** What TABLE status prints makes the same target. Lacking: it differs from the arguments that made the target. */
    TABLE_ROUND_TRIP,
    /** Surplus arguments are refused. Lacking: they are ignored. */
    STRICT_ARGUMENTS,
    /** Works on devices of more than 2^32 sectors, or is one. Lacking: they are refused in one line. */
    LARGE_DEVICES,
    /** I/O that succeeds raises no event. Lacking: it raises some. */
    QUIET,
    /** {@link BlockDeviceConformanceTest} only: what was flushed is there when the device is opened again. Lacking: a new device reads as zeroes. */
    REOPENS,
    /** {@link BlockDeviceConformanceTest} only: can be opened for reading only. Lacking: that fails with an IOException. */
    OPENS_READ_ONLY;

    /** Whether what lacks these has this one. */
    boolean isLeftBy(Set<Behavior> lacks) {
        boolean needsWrites = this == STORES_WRITES || this == FUA;
        return !lacks.contains(this) && !(needsWrites && lacks.contains(WRITES));
    }
}
