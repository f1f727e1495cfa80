package io.devicemapper.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/**
 * An array of sectors of 512 bytes that bios can be submitted to: a file, a RAM disk, a remote export, a mapped device.
 *
 * <h2>What an implementation must do</h2>
 *
 * <ul>
 *   <li>End each bio given to {@link #process} exactly once, on any thread, never while it holds a lock.
 *   <li>Never move the position or limit of a payload, and never change a write's payload.
 *   <li>Make every write that had ended before a FLUSH was submitted durable before it ends the flush with OK. When in doubt,
 *       fail the flush.
 *   <li>Carry nothing out after its bio has ended. What it cannot be sure of there, it says by {@link Bio#leaveInDoubt}.
 *   <li>Refuse what it cannot do with {@link BioStatus#UNSUPPORTED}, unchanged: {@link #accept} does this from the limits.
 *   <li>Work from many threads at once. No order holds between two bios that are under way together; where overlapping writes
 *       meet, each sector holds the data of one of them.
 *   <li>Survive an interrupted submitter: its interrupt may never close the device for others.
 * </ul>
 *
 * <h2>What a caller may rely on</h2>
 *
 * <ul>
 *   <li>{@link #submit} never throws for what happens to the bio, and never recurses: a submission made while another one
 *       runs on this thread is carried out when that one has returned.
 *   <li>The size changes only when a mapped device gets a new table.
 * </ul>
 */
public abstract class BlockDevice implements Closeable {
    private static final System.Logger LOG = System.getLogger(BlockDevice.class.getName());

    /** For implementations. */
    protected BlockDevice() {}

    /** The name that a user knows this device by, as it was written where it was opened. */
    public abstract String name();

    /** Size in sectors of 512 bytes, at least 0. */
    public abstract long sectors();

    /** What this device can do, and in which units. */
    public abstract QueueLimits limits();

    /** Whether writes are refused with {@link BioStatus#NOT_PERMITTED}. */
    public abstract boolean isReadOnly();

    /**
     * Whether {@link #submit} may sleep, for a disk or a network say. Callers with several requests at hand then run them side by
     * side on threads of their own; for a device that never waits, one thread carries them one after another. A stack may wait
     * if any layer of it may.
     */
    public abstract boolean mayWait();

    /**
     * How often writes that this device had acknowledged, and had not yet made durable, may have been lost: each time that a connection
     * to a server broke, say. Writes that two equal answers enclose are not lost. By default 0, for a device that loses nothing.
     */
    public long cacheLosses() {
        return 0;
    }

    /**
     * Starts the bio, or carries it out altogether. Runs on the submitting thread, one bio at a time on each thread. What it
     * throws is logged, and fails the bio with {@link BioStatus#IO} if that has not ended.
     *
     * @param bio addressed to this device, not yet ended
     */
    protected abstract void process(Bio bio);

    /**
     * Tells a visitor which parts of a range hold data, zeroes or nothing. The extents come in order, without gaps, cover the
     * range from its first sector on and stay inside it; fewer calls than needed to cover it are allowed only where the visitor
     * ended the walk. May sleep if {@link #mayWait()}.
     *
     * <p>By default all is data, which is always a safe answer.
     *
     * @param sector first sector of the range
     * @param sectors length of the range in sectors, at least 1; the range lies inside the device
     * @param visitor gets each extent
     * @throws IOException if the device failed to tell
     */
    public void extents(long sector, long sectors, ExtentVisitor visitor) throws IOException {
        visitor.visit(sector, sectors, ExtentType.DATA);
    }

    /**
     * Gives back what opening this device took. Idempotent. Does nothing for a device that somebody else owns, such as a mapped
     * device or a device claimed by a table.
     *
     * <p>As a rule no bio is under way any more. Where a table was removed by force, some may be, and more may come: they must end
     * soon, those that were not carried out with an error.
     *
     * @throws IOException if data could not be stored on the way
     */
    @Override
    public void close() throws IOException {}

    /**
     * Submits a bio; returns before or after it has ended. Never throws for what happens to the bio.
     *
     * @param bio a bio that is not under way
     */
    public final void submit(Bio bio) {
        bio.addressTo(this);
        Submissions.current().submit(bio);
    }

    final void carry(Bio bio) {
        try {
            process(bio);
        } catch (Throwable t) { // whatever one bio causes, even a StackOverflowError, must stay its own
            bio.endIo(BioStatus.IO);
            LOG.log(System.Logger.Level.ERROR, () -> name() + ": " + bio + " failed in the device", t);
        }
    }

    /**
     * For leaf devices: checks a bio against size, limits and read-only state, and ends it with the matching error if it does not
     * pass.
     *
     * @return true if the device should carry the bio out; false if it has ended
     */
    protected final boolean accept(Bio bio) {
        BioStatus refusal = refusal(bio);
        if (refusal == BioStatus.OK) {
            return true;
        }
        bio.endIo(refusal);
        return false;
    }

    private BioStatus refusal(Bio bio) {
        BioOp op = bio.op();
        if (op.modifies() && isReadOnly()) {
            return BioStatus.NOT_PERMITTED;
        }
        QueueLimits limits = limits();
        int understood =
                limits.fua() ? BioFlags.ALL & ~BioFlags.PREFLUSH : BioFlags.ALL & ~(BioFlags.PREFLUSH | BioFlags.FUA);
        if ((bio.flags() & ~understood) != 0) {
            return BioStatus.UNSUPPORTED;
        }
        if (bio.sector() > sectors() - bio.sectors()) {
            return BioStatus.IO;
        }
        if (((bio.sector() | bio.sectors()) & (limits.logicalBlockSectors() - 1)) != 0) {
            return BioStatus.IO;
        }
        boolean supported =
                switch (op) {
                    case READ, WRITE, FLUSH -> true;
                    case DISCARD -> limits.maxDiscardSectors() > 0;
                    case WRITE_ZEROES ->
                        limits.maxWriteZeroesSectors() > 0 && (limits.fastZeroes() || !bio.has(BioFlags.FAST_ONLY));
                };
        return supported ? BioStatus.OK : BioStatus.UNSUPPORTED;
    }

    /**
     * Reads and waits.
     *
     * @param sector first sector
     * @param dst filled from position to limit, which stay where they are; a positive multiple of 512 bytes
     * @throws BlockIoException if the read failed
     * @throws IllegalStateException if called on a thread that is inside a submission, {@code map} or {@code endIo}, where a wait
     *     could be for that thread itself
     */
    public final void read(long sector, ByteBuffer dst) throws BlockIoException {
        await(done -> Bio.read(sector, dst, done));
    }

    /**
     * Writes and waits. The data is durable after a later {@link #flush}.
     *
     * @param sector first sector
     * @param src written from position to limit, which stay where they are; a positive multiple of 512 bytes
     * @throws BlockIoException if the write failed
     * @throws IllegalStateException as for {@link #read}
     */
    public final void write(long sector, ByteBuffer src) throws BlockIoException {
        write(sector, BioFlags.NONE, src);
    }

    /**
     * Writes with flags, and waits.
     *
     * @param flags as for {@link Bio#write}
     * @throws BlockIoException if the write failed
     * @throws IllegalStateException as for {@link #read}
     */
    public final void write(long sector, int flags, ByteBuffer src) throws BlockIoException {
        await(done -> Bio.write(sector, flags, src, done));
    }

    /**
     * Makes every write that has ended durable, and waits.
     *
     * @throws BlockIoException if the flush failed: what was written since the last good flush may be lost
     * @throws IllegalStateException as for {@link #read}
     */
    public final void flush() throws BlockIoException {
        await(Bio::flush);
    }

    /**
     * Discards a range, and waits.
     *
     * @throws BlockIoException if the discard failed, with status UNSUPPORTED if the device has none
     * @throws IllegalStateException as for {@link #read}
     */
    public final void discard(long sector, long sectors) throws BlockIoException {
        await(done -> Bio.of(BioOp.DISCARD, BioFlags.NONE, sector, sectors, null, done));
    }

    /**
     * Makes a range read as zeroes, and waits.
     *
     * @throws BlockIoException if that failed, with status UNSUPPORTED if the device has no such operation
     * @throws IllegalStateException as for {@link #read}
     */
    public final void writeZeroes(long sector, long sectors) throws BlockIoException {
        await(done -> Bio.of(BioOp.WRITE_ZEROES, BioFlags.NONE, sector, sectors, null, done));
    }

    private interface BioMaker {
        Bio make(BioCompletion done);
    }

    private void await(BioMaker maker) throws BlockIoException {
        if (Submissions.current().mustNotBlock()) {
            throw new IllegalStateException(name() + ": blocking I/O inside a submission, map or endIo");
        }
        CountDownLatch ended = new CountDownLatch(1);
        BioStatus[] outcome = new BioStatus[1];
        Bio bio = maker.make((b, status) -> {
            outcome[0] = status;
            ended.countDown();
        });
        submit(bio);
        // The payload is the device's until the bio ends, so an interrupt may not cut the wait short.
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!outcome[0].isOk()) {
            throw new BlockIoException(name(), bio, outcome[0]);
        }
    }

    /**
     * For hosts: marks that this thread runs a target's callback, where blocking calls are refused.
     *
     * @return what to hand to {@link #exitCallback}
     */
    protected static boolean enterCallback() {
        return Submissions.current().enterCallback();
    }

    /** For hosts: whether this thread is inside a submission or a target's callback, where blocking calls are refused. */
    protected static boolean mustNotBlock() {
        return Submissions.current().mustNotBlock();
    }

    /** For hosts: ends what {@link #enterCallback} began. */
    protected static void exitCallback(boolean before) {
        Submissions.current().exitCallback(before);
    }

    @Override
    public String toString() {
        return name();
    }
}
