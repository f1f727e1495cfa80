package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.target.DmDev;
import io.devicemapper.target.EndIo;
import io.devicemapper.target.MapResult;
import io.devicemapper.target.TargetBio;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The piece of a bio that one target gets. One object carries the whole way: through {@code map}, down to the lower device, back
 * through {@code endIo}, and up to the bio it is a piece of.
 *
 * <p>A target may hand its bio to another thread before {@code map} has returned, and may answer wrongly. Every step is therefore a
 * compare-and-set on {@code turn}, which says who may act on the bio; whoever loses is told, not obeyed.
 */
final class Clone extends TargetBio {
    /** The target's code runs: {@code map} or {@code endIo} has been called and has not returned. */
    private static final int IN_TARGET = 0;

    /** As IN_TARGET, and the target has remapped the bio; the host submits it when the target's code has returned. */
    private static final int REMAPPED = 1;

    /** The lower device has it. */
    private static final int BELOW = 2;

    /** The target keeps it. */
    private static final int KEPT = 3;

    /** The host holds it back, or has mapped it anew by way of clones that have this one as their origin. */
    private static final int HELD_BACK = 4;

    /** It has ended for this target. */
    private static final int ENDED = 5;

    private static final VarHandle TURN;

    static {
        try {
            TURN = MethodHandles.lookup().findVarHandle(Clone.class, "turn", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TargetSlot<?> slot;
    private final Bio origin;
    private final PieceGroup group;
    private final long targetSector;
    private final long targetSectors;
    private final ByteBuffer targetPayload;
    private final int copyNumber;
    private BlockDevice below;
    private Object context;
    private volatile int turn;

    /**
     * A piece for a target.
     *
     * @param slot the target
     * @param origin the bio that this is a piece of
     * @param group the pieces of {@code origin}, or null if this is all of it
     * @param sector first sector, counted from the target's begin
     * @param sectors length
     * @param payload the piece's payload
     * @param copyNumber which copy this is
     */
    Clone(
            TargetSlot<?> slot,
            Bio origin,
            PieceGroup group,
            long sector,
            long sectors,
            ByteBuffer payload,
            int copyNumber) {
        super(origin.op(), origin.flags() & ~BioFlags.PREFLUSH, sector, sectors, payload);
        this.slot = slot;
        this.origin = origin;
        this.group = group;
        this.targetSector = sector;
        this.targetSectors = sectors;
        this.targetPayload = payload;
        this.copyNumber = copyNumber;
    }

    /** Gives the bio to its target, and carries out what that says. */
    void map() {
        MapResult result = null;
        try {
            result = slot.callMap(this);
        } catch (Throwable t) { // a target that throws, whatever it throws, fails its own bio alone
            slot.blame("map threw " + t, t);
        }
        int now = turn;
        if (now == REMAPPED && (result == MapResult.REMAPPED || result == MapResult.SUBMITTED)) {
            submitBelow();
        } else if (!explains(result, now)) {
            if (result != null) {
                slot.blame("map returned " + result + ", which is not what its call on the bio returned", null);
            }
            if ((now == IN_TARGET || now == REMAPPED || now == KEPT) && TURN.compareAndSet(this, now, ENDED)) {
                goUp(BioStatus.IO, false);
            }
        }
    }

    /**
     * Whether what {@code map} returned goes with what has become of the bio, perhaps on another thread or, once it was completed,
     * by the target's {@code endIo}.
     */
    private boolean explains(MapResult result, int now) {
        if (result == null || now == IN_TARGET || now == REMAPPED) {
            return false;
        }
        return switch (result) {
            case SUBMITTED -> true;
            case REQUEUED -> now == HELD_BACK || now == ENDED;
            case COMPLETED -> now == ENDED || slot.hasEndIo();
            case REMAPPED -> false;
        };
    }

    @Override
    public MapResult remap(DmDev dev, long sector) {
        return remapTo(dev, op() == BioOp.FLUSH ? 0 : sector, targetSectors, targetPayload);
    }

    @Override
    public MapResult remap(DmDev dev, long sector, ByteBuffer payload) {
        if (!op().hasPayload() || payload == null || payload.remaining() != targetSectors << SECTOR_SHIFT) {
            slot.blame("remapped a bio with a payload of another length", null);
            return complete(BioStatus.IO);
        }
        return remapTo(dev, sector, targetSectors, payload);
    }

    @Override
    public MapResult remap(DmDev dev, long sector, long sectors) {
        boolean mayShrink = op() == BioOp.DISCARD || op() == BioOp.WRITE_ZEROES;
        if (sectors != targetSectors && !(mayShrink && sectors >= 1 && sectors < targetSectors)) {
            slot.blame("remapped " + op() + " of " + targetSectors + " sectors to " + sectors, null);
            return complete(BioStatus.IO);
        }
        return remapTo(dev, sector, sectors, targetPayload);
    }

    private MapResult remapTo(DmDev dev, long sector, long sectors, ByteBuffer payload) {
        if (!(dev instanceof ClaimedDevice claimed) || claimed.claimant() != slot) {
            slot.blame("remapped a bio to a device that it did not claim: " + dev, null);
            return complete(BioStatus.IO);
        }
        if (sector < 0 || sector > claimed.sectors() - sectors) {
            slot.blame(
                    "remapped a bio beyond " + dev + ": " + sector + "+" + sectors + " of " + claimed.sectors(), null);
            return complete(BioStatus.IO);
        }
        if (claimed.isReadOnly() && op().modifies()) {
            return complete(BioStatus.NOT_PERMITTED);
        }
        for (int now = turn; now == IN_TARGET || now == KEPT; now = turn) {
            // Written before the compare-and-set, which publishes it to whoever sees the new turn.
            below = claimed.lower();
            retarget(sector, sectors, payload);
            if (TURN.compareAndSet(this, now, now == KEPT ? BELOW : REMAPPED)) {
                if (now == KEPT) {
                    submitBelow();
                }
                return MapResult.REMAPPED;
            }
        }
        slot.blame("remapped a bio that was not its own any more", null);
        return MapResult.REMAPPED;
    }

    @Override
    public MapResult submitted() {
        // That this may fail is no breach: another thread of the target can have remapped or ended the bio by now.
        TURN.compareAndSet(this, IN_TARGET, KEPT);
        return MapResult.SUBMITTED;
    }

    @Override
    public MapResult complete(BioStatus status) {
        if (!takeFromTarget(ENDED)) {
            slot.blame("completed a bio that was not its own any more", null);
        } else if (status == null) {
            slot.blame("completed a bio without a status", null);
            goUp(BioStatus.IO, false);
        } else {
            goUp(status, true);
        }
        return MapResult.COMPLETED;
    }

    @Override
    public MapResult requeue() {
        if (!takeFromTarget(HELD_BACK)) {
            slot.blame("requeued a bio that was not its own any more", null);
        } else if (!holdBack()) {
            goUp(BioStatus.IO, false);
        }
        return MapResult.REQUEUED;
    }

    private boolean takeFromTarget(int next) {
        for (int now = turn; now == IN_TARGET || now == KEPT; now = turn) {
            if (TURN.compareAndSet(this, now, next)) {
                return true;
            }
        }
        return false;
    }

    private void submitBelow() {
        if (hasEnded()) {
            rearm(); // it has been below before, and endIo kept it
        }
        TURN.setRelease(this, BELOW);
        if (has(BioFlags.FUA) && !below.limits().fua()) {
            FuaEmulation.submit(below, this);
        } else {
            below.submit(this);
        }
    }

    /** The lower device's answer; or, if this one is held back, that of the clones which carried it out anew. */
    @Override
    protected void ended(BioStatus status) {
        int now = turn;
        if (now == BELOW || now == HELD_BACK) {
            goUp(status, now == BELOW);
            return;
        }
        slot.blame("called endIo on its own bio, which is the lower device's call; a target's is complete", null);
        if ((now == IN_TARGET || now == REMAPPED || now == KEPT) && TURN.compareAndSet(this, now, ENDED)) {
            goUp(status, true);
        }
    }

    /**
     * Carries an answer up: through this target's {@code endIo}, to the bio that this is a piece of, and, where that is a clone of the layer above,
     * on through its target. A loop, so that a deep stack of devices needs no deep stack of calls.
     */
    private void goUp(BioStatus status, boolean askTarget) {
        Clone clone = this;
        BioStatus answer = askTarget ? clone.askTarget(status) : status;
        while (answer != null) {
            boolean heldBack = clone.turn == HELD_BACK;
            Bio parent = clone.origin;
            if (clone.group != null) {
                boolean last = clone.group.ended(answer);
                if (!last) {
                    parent = null;
                }
                answer = clone.group.status();
            }
            if (!heldBack) {
                clone.slot.device().pieceLeft();
            }
            if (!(parent instanceof Clone up)) {
                if (parent != null) {
                    parent.endIo(answer);
                }
                return;
            }
            if (!up.markEnded()) {
                return;
            }
            clone = up;
            if (clone.turn == BELOW) {
                answer = clone.askTarget(answer);
            }
        }
    }

    /** Asks the target's {@code endIo} about an answer. Null if the bio stays, with the target or held back. */
    private BioStatus askTarget(BioStatus status) {
        retarget(targetSector, targetSectors, targetPayload);
        if (!slot.hasEndIo()) {
            TURN.setRelease(this, ENDED);
            return status;
        }
        TURN.setRelease(this, IN_TARGET);
        EndIo decision;
        try {
            decision = slot.callEndIo(this, status);
            if (decision == null) {
                slot.blame("endIo returned null", null);
            }
        } catch (Throwable t) { // as in map: the bio fails, and nothing else
            slot.blame("endIo threw " + t, t);
            decision = null;
        }
        if (decision == null || decision.isDone()) {
            if (takeFromTarget(ENDED)) {
                return decision == null ? BioStatus.IO : decision.status();
            }
            if (decision != null) {
                slot.blame("ended a bio in endIo that was not its own any more", null);
            }
        } else if (decision.isRequeue()) {
            if (takeFromTarget(HELD_BACK) && !holdBack()) {
                return BioStatus.IO;
            }
        } else if (!TURN.compareAndSet(this, IN_TARGET, KEPT) && turn == REMAPPED) {
            submitBelow();
        }
        return null;
    }

    /** Gives the bio to the device to be mapped again later. False if the device does not take it: it has to fail. */
    private boolean holdBack() {
        if (hasEnded()) {
            rearm();
        }
        retarget(op() == BioOp.FLUSH ? 0 : slot.begin() + targetSector, targetSectors, targetPayload);
        MappedDevice device = slot.device();
        boolean held = device.holdBack(this, slot);
        if (held) {
            device.pieceLeft();
        } else {
            TURN.setRelease(this, ENDED);
        }
        return held;
    }

    /** Whether this clone is one that the device itself held back, and now submits anew. */
    boolean isHeldBackBy(MappedDevice device) {
        return turn == HELD_BACK && slot.device() == device;
    }

    /** Whether the target that requeued this bio still stands in this table, and so can be given it once more. */
    boolean belongsTo(LoadedTable table) {
        return slot.table() == table;
    }

    /** Gives a bio that was held back to its target once more. */
    void mapAgain() {
        retarget(targetSector, targetSectors, targetPayload);
        TURN.setRelease(this, IN_TARGET);
        map();
    }

    @Override
    public int copyNumber() {
        return copyNumber;
    }

    @Override
    public Object context() {
        return context;
    }

    @Override
    public void context(Object context) {
        this.context = context;
    }
}
