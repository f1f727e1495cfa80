package io.devicemapper.targets.multipath;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.Doubt;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One try on one path, by a bio of the target's own that has a buffer of its own: so it can be given up while the path still has it, and what the path does
 * with the buffer later touches nobody's memory.
 */
final class Attempt {
    /** Told once how the attempt ended; on any thread. */
    @FunctionalInterface
    interface Outcome {
        /**
         * The attempt is over, or was given up.
         *
         * @param attempt the attempt
         * @param status how it ended; TIMEOUT if it was given up
         * @param doubt until when it may still be carried out after an error, or null
         */
        void ended(Attempt attempt, BioStatus status, Doubt doubt);
    }

    private final Attempts attempts;
    private final GroupPath path;
    private final BioOp op;
    private final ByteBuffer buffer;
    private final long bytes;
    private final Outcome outcome;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();

    /** What a time-out leaves behind: ends with the answer. */
    private final Doubt doubt = new Doubt();

    /**
     * Prepares an attempt.
     *
     * @param buffer the payload, which nobody else uses; or null
     * @param bytes how much it moves or covers
     */
    Attempt(Attempts attempts, GroupPath path, BioOp op, ByteBuffer buffer, long bytes, Outcome outcome) {
        this.attempts = attempts;
        this.path = path;
        this.op = op;
        this.buffer = buffer;
        this.bytes = bytes;
        this.outcome = outcome;
    }

    GroupPath path() {
        return path;
    }

    /** Copies what was read. */
    void copyTo(ByteBuffer payload) {
        payload.put(payload.position(), buffer, buffer.position(), buffer.remaining());
    }

    void submit(int flags, long sector, long sectors) {
        path.ioStarted(bytes);
        path.dev().submit(Bio.of(op, flags | BioFlags.FAILFAST, sector, sectors, buffer, this::answered));
    }

    private void answered(Bio bio, BioStatus status) {
        path.ioEnded(bytes, startNanos);
        if (over.compareAndSet(false, true)) {
            attempts.ended(this);
            outcome.ended(this, status, bio.doubt());
        } else if (bio.doubt() != null) {
            bio.doubt().whenOver(doubt::end);
        } else {
            doubt.end();
        }
    }

    /** How long it has been under way. */
    long ageNanos(long nowNanos) {
        return nowNanos - startNanos;
    }

    /** Gives the attempt up, unless it has been answered. */
    void giveUp() {
        if (over.compareAndSet(false, true)) {
            attempts.ended(this);
            outcome.ended(this, BioStatus.TIMEOUT, op.modifies() ? doubt : null);
        }
    }
}
