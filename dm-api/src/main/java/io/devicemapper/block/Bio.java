package io.devicemapper.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One request to a block device: an operation, its flags, a range in sectors of 512 bytes, and for a read or write the
 * payload. The kernel's {@code struct bio}.
 *
 * <h2>Payload</h2>
 *
 * <p>The bytes between position and limit of a {@link ByteBuffer}, heap or direct: {@code array()} may be missing. Position and
 * limit never move while the bio is under way: a device uses the absolute accessors, or a {@link ByteBuffer#duplicate()
 * duplicate} of its own, so that several layers can share one buffer. Nobody changes a write's payload. The buffer belongs
 * to the device from submission to completion; who gives up earlier must have sent a buffer of its own, which it may never use
 * again, or say so by {@link #abandonPayload}.
 *
 * <h2>Completion</h2>
 *
 * <p>A bio completes exactly once, by {@link #endIo}. A bio object is used for one submission and never again.
 *
 * <h2>Threads</h2>
 *
 * <p>A bio is handed over, not shared: first the submitter owns it, then the device. {@link #endIo} alone is safe to call from
 * several threads at once; one of them wins.
 *
 * @see <a href="https://docs.kernel.org/block/biovecs.html">Linux: immutable biovecs and biovec iterators</a>
 */
public abstract class Bio {
    /** Bytes in a sector, whatever the logical block size of a device is. */
    public static final int SECTOR_SIZE = 512;

    /** The binary logarithm of {@link #SECTOR_SIZE}. */
    public static final int SECTOR_SHIFT = 9;

    private static final System.Logger LOG = System.getLogger(Bio.class.getName());

    private static final VarHandle ENDED;

    static {
        try {
            ENDED = MethodHandles.lookup().findVarHandle(Bio.class, "ended", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BioOp op;
    private int flags;
    private long sector;
    private long sectors;
    private ByteBuffer payload;
    private BlockDevice device;
    private boolean payloadAbandoned;
    private Doubt doubt;

    @SuppressWarnings("unused") // written through ENDED
    private volatile boolean ended;

    /**
     * For those who keep per-request state in the bio itself; others use the factories.
     *
     * @param op the operation
     * @param flags bits of {@link BioFlags}
     * @param sector first sector on the device, 0 for a flush
     * @param sectors length in sectors; 0 for a flush, at least 1 otherwise
     * @param payload for READ and WRITE a buffer with exactly {@code sectors * 512} bytes remaining, writable for READ; else null
     * @throws IllegalArgumentException if these do not fit each other
     */
    protected Bio(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) {
        this.op = Objects.requireNonNull(op, "op");
        this.flags = flags;
        this.sector = sector;
        this.sectors = sectors;
        this.payload = payload;
        boolean plausible =
                op == BioOp.FLUSH ? sector == 0 && sectors == 0 : sector >= 0 && sectors > 0 && sector + sectors > 0;
        if (!plausible) {
            throw new IllegalArgumentException("bad range for " + op + ": sector " + sector + ", length " + sectors);
        }
        if (op.hasPayload()) {
            if (payload == null
                    || payload.remaining() != sectors << SECTOR_SHIFT
                    || sectors > Integer.MAX_VALUE >> SECTOR_SHIFT) {
                throw new IllegalArgumentException(op + " of " + sectors + " sectors with a payload of "
                        + (payload == null ? "no" : payload.remaining()) + " bytes");
            }
        } else if (payload != null) {
            throw new IllegalArgumentException(op + " carries no payload");
        }
    }

    /**
     * Makes a bio of any kind.
     *
     * @param op the operation
     * @param flags bits of {@link BioFlags}
     * @param sector first sector on the device, 0 for a flush
     * @param sectors length in sectors, 0 for a flush; for READ and WRITE the payload's remaining bytes / 512
     * @param payload the buffer of a READ or WRITE, else null
     * @param done called once when the bio has ended
     */
    public static Bio of(BioOp op, int flags, long sector, long sectors, ByteBuffer payload, BioCompletion done) {
        return new CallbackBio(op, flags, sector, sectors, payload, done);
    }

    /**
     * A read of {@code dst.remaining()} bytes, a multiple of 512, from {@code sector} on.
     *
     * @throws IllegalArgumentException if the buffer is empty or not a multiple of 512 bytes
     */
    public static Bio read(long sector, ByteBuffer dst, BioCompletion done) {
        return new CallbackBio(BioOp.READ, BioFlags.NONE, sector, wholeSectors(dst), dst, done);
    }

    /**
     * A write of {@code src.remaining()} bytes, a multiple of 512, from {@code sector} on.
     *
     * @param flags {@link BioFlags#FUA}, {@link BioFlags#PREFLUSH}, {@link BioFlags#FAILFAST}, {@link BioFlags#PROMPT} or none
     * @throws IllegalArgumentException if the buffer is empty or not a multiple of 512 bytes
     */
    public static Bio write(long sector, int flags, ByteBuffer src, BioCompletion done) {
        return new CallbackBio(BioOp.WRITE, flags, sector, wholeSectors(src), src, done);
    }

    /** A flush of the whole device. */
    public static Bio flush(BioCompletion done) {
        return new CallbackBio(BioOp.FLUSH, BioFlags.NONE, 0, 0, null, done);
    }

    private static long wholeSectors(ByteBuffer buffer) {
        if (buffer.remaining() == 0 || buffer.remaining() % SECTOR_SIZE != 0) {
            throw new IllegalArgumentException(
                    "payload of " + buffer.remaining() + " bytes: not a positive multiple of " + SECTOR_SIZE);
        }
        return buffer.remaining() >> SECTOR_SHIFT;
    }

    /** What is asked for. */
    public final BioOp op() {
        return op;
    }

    /** The bits of {@link BioFlags}. */
    public final int flags() {
        return flags;
    }

    /** Whether any of the given bits of {@link BioFlags} is set. */
    public final boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The first sector, counted from the begin of what this bio is addressed to; 0 for a flush. */
    public final long sector() {
        return sector;
    }

    /** Length in sectors; 0 for a flush. */
    public final long sectors() {
        return sectors;
    }

    /** Length in bytes; 0 for a flush. */
    public final long bytes() {
        return sectors << SECTOR_SHIFT;
    }

    /** The payload of a READ or WRITE, else null. Do not move its position or limit. */
    public final ByteBuffer payload() {
        return payload;
    }

    /** The device that this bio was last submitted to; null before that. */
    public final BlockDevice device() {
        return device;
    }

    /** Whether the bio has ended. */
    public final boolean hasEnded() {
        return ended;
    }

    /**
     * The device's side of completion, the kernel's {@code bio_endio}: ends this bio and tells its submitter. The device must not
     * touch the bio or its payload afterwards.
     *
     * @param status how it ended
     * @return true if this call ended the bio; false if it had ended before, which is an error of the caller and changes
     *     nothing
     */
    public final boolean endIo(BioStatus status) {
        Objects.requireNonNull(status, "status");
        if (!markEnded()) {
            return false;
        }
        try {
            // What stands in an abandoned buffer can be overwritten as soon as the submitter looks at it.
            ended(payloadAbandoned && op == BioOp.READ && status.isOk() ? BioStatus.IO : status);
        } catch (Throwable t) { // the submitter's fault, which must not reach the device or the bios of others
            LOG.log(System.Logger.Level.ERROR, () -> this + ": the completion threw", t);
        }
        return true;
    }

    /**
     * Whether somebody below gave this bio up while others could still get at its payload: a target that keeps bios for ever was
     * removed by force, say. The buffer may be read and written at any time from now on. Whoever owns it must never use it
     * again, nor lend it; a read does not end with OK then.
     *
     * <p>Settled when the bio has ended; who carries a completion up to another bio with the same payload has to pass this on, by
     * {@link #abandonPayload}.
     */
    public final boolean payloadAbandoned() {
        return payloadAbandoned;
    }

    /**
     * The device's side of {@link #payloadAbandoned}: says, before it ends the bio, that the payload may be in use for longer.
     */
    public final void abandonPayload() {
        payloadAbandoned = true;
    }

    /**
     * Whether this write, discard or write-zeroes, which has ended with an error, may still be carried out, and until when: what
     * a server had received before the connection broke, say. Who carries it out on another path must not send newer data for the
     * same sectors before that is over.
     *
     * <p>Settled when the bio has ended; who carries a completion up to another bio has to pass this on, by {@link #leaveInDoubt}.
     *
     * @return null if the bio will not be carried out any more, as is the rule
     */
    public final Doubt doubt() {
        return doubt;
    }

    /**
     * The device's side of {@link #doubt}: says, before it ends the bio with an error, that the bio may be carried out nevertheless.
     * Of several doubts, each counts.
     *
     * @param cause ends when that cannot happen any more
     */
    public final synchronized void leaveInDoubt(Doubt cause) {
        Objects.requireNonNull(cause, "cause");
        doubt = doubt == null || doubt == cause ? cause : Doubt.both(doubt, cause);
    }

    /**
     * For hosts that carry a completion up through several layers in a loop: as {@link #endIo}, but leaves the call of
     * {@link #ended} to the caller.
     *
     * @return true if this call ended the bio
     */
    protected final boolean markEnded() {
        return ENDED.compareAndSet(this, false, true);
    }

    /**
     * Called once, by the {@link #endIo} that ended this bio, on its thread. Must not block and should not throw.
     *
     * @param status how the bio ended
     */
    protected abstract void ended(BioStatus status);

    /**
     * Points this bio at another range. For those who pass a bio of theirs down; the length must fit the payload.
     *
     * @param sector first sector on the next device
     * @param sectors length in sectors
     * @param payload the buffer to use from now on, or null for an operation without one
     */
    protected final void retarget(long sector, long sectors, ByteBuffer payload) {
        this.sector = sector;
        this.sectors = sectors;
        this.payload = payload;
    }

    /**
     * Makes an ended bio ready for one more try, which starts without a doubt. For hosts that hold a bio back and map it again.
     */
    protected final void rearm() {
        doubt = null;
        ended = false;
    }

    /** Sets flags that the bio did not have so far. For those who pass a bio of theirs down. */
    protected final void addFlags(int added) {
        flags |= added;
    }

    final void addressTo(BlockDevice device) {
        this.device = device;
    }

    @Override
    public String toString() {
        return op + (flags == 0 ? "" : "(" + BioFlags.toString(flags) + ")") + " " + sector + "+" + sectors;
    }
}
