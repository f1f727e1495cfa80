package io.devicemapper.target;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import java.nio.ByteBuffer;

/**
 * The clone of a bio that belongs to one target on this layer. It lies inside the target, and inside one chunk of
 * {@link DmTarget#maxIoLen}.
 *
 * <p>Each way out of {@link TargetType#map} is a call that acts and reports:
 *
 * <pre>{@code
 * return bio.remap(dev, offset + bio.sector());
 * }</pre>
 *
 * <p>While the target has the bio (in {@code map}, after {@link #submitted}, in {@code endIo}), {@link #sector}, {@link #sectors} and
 * {@link #payload} are the target's own: the sector is counted from the target's begin. While a lower device has it, they are
 * that device's. {@link #endIo} is the lower device's call, never the target's.
 *
 * <h2>Threads</h2>
 *
 * <p>A target that keeps a bio may hand it to another thread, even before {@code map} has returned. Exactly one call ends its
 * turn: {@code remap}, {@code complete} or {@code requeue}. A second one is a breach: logged, blamed on the target, without effect.
 *
 * <p>A target that keeps a bio for ever holds up a suspend for as long. A removal by force takes the bio from it and fails it;
 * what the target does with it afterwards is such a breach.
 */
public abstract class TargetBio extends Bio {
    /** For hosts. */
    protected TargetBio(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) {
        super(op, flags, sector, sectors, payload);
    }

    /**
     * Sends the bio to a lower device, with the same payload.
     *
     * @param dev a device that this target claimed
     * @param sector first sector on that device; ignored for a flush
     */
    public abstract MapResult remap(DmDev dev, long sector);

    /**
     * Sends the bio to a lower device with another payload, for a target that transforms data. When the bio comes back,
     * {@link #payload} is again the one that the target was given; if it was {@linkplain Bio#payloadAbandoned abandoned} below, the
     * target must not use its own buffer any more.
     *
     * @param dev a device that this target claimed
     * @param sector first sector on that device
     * @param payload the target's buffer, of the same length; the lower device's until {@code endIo}
     */
    public abstract MapResult remap(DmDev dev, long sector, ByteBuffer payload);

    /**
     * Sends a part of a DISCARD or WRITE_ZEROES to a lower device, for a target that clips the {@linkplain #copyNumber copies} of one
     * to what each device has of it.
     *
     * @param dev a device that this target claimed
     * @param sector first sector on that device
     * @param sectors length in sectors, from 1 to {@link #sectors}
     */
    public abstract MapResult remap(DmDev dev, long sector, long sectors);

    /**
     * Has lower devices fail the bio at once where they would wait for a way to it, from the next {@code remap} on: sets {@link
     * BioFlags#FAILFAST}. For a target that has another path to try.
     */
    public final void failFast() {
        addFlags(BioFlags.FAILFAST);
    }

    /** Keeps the bio: the target will remap, complete or requeue it, or has already had another thread do so. */
    public abstract MapResult submitted();

    /**
     * Ends the bio. {@code endIo} of this target is called, as it is for every bio that {@code map} saw.
     *
     * @param status how it ended
     */
    public abstract MapResult complete(BioStatus status);

    /**
     * Gives the bio back to the host, which maps it again: at resume, when the target calls {@link DmTarget#retryRequeued}, or after a
     * back-off of 10 ms to 1 s. It does not hold up a suspend meanwhile; in a suspend without noflush it fails with IO.
     */
    public abstract MapResult requeue();

    /** Which copy this is of a flush, discard or write-zeroes that the target asked to have in several; else 0. */
    public abstract int copyNumber();

    /** What {@link #context(Object)} stored; null before. */
    public abstract Object context();

    /** Stores the target's state for this bio: the kernel's {@code per_io_data}. Kept until the bio has ended. */
    public abstract void context(Object context);
}
