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
import java.util.concurrent.locks.LockSupport;

/**
 * The piece of a bio that one target gets. One object carries the whole way: through {@code map}, down to the lower device, back
 * through {@code endIo}, and up to the bio it is a piece of.
 *
 * <p>A target may hand its bio to another thread before {@code map} has returned, and may answer wrongly. Every step is therefore a
 * compare-and-set on {@code turn}, which says who may act on the bio; whoever loses is told, not obeyed. A bio can come back, be
 * kept and go down again while an earlier call of {@code map} or {@code endIo} has still to return, so {@code turn} also
 * numbers the calls: what a call returns counts only while no later call has begun.
 */
final class Clone extends TargetBio {
    /** The bits of {@code turn} that hold one of the states below; those above number the calls into the target. */
    private static final int STATE = 7;

    /** What numbers the next call. */
    private static final int CALL = STATE + 1;

    /** The target's code runs: {@code map} or {@code endIo} has been called and has not returned. */
    private static final int IN_TARGET = 0;

    /** As IN_TARGET, and a thread is just remapping the bio. */
    private static final int BEING_REMAPPED = 1;

    /** As IN_TARGET, and the target has remapped the bio; the host submits it when the target's code has returned. */
    private static final int REMAPPED = 2;

    /** The lower device has it. */
    private static final int BELOW = 3;

    /** The target keeps it. */
    private static final int KEPT = 4;

    /** The host holds it back, or has mapped it anew by way of clones that have this one as their origin. */
    private static final int HELD_BACK = 5;

    /** It has ended for this target. */
    private static final int ENDED = 6;

    /** The lower device has it, and the target is not asked about it: a flush that the host sends to a claimed device. */
    private static final int PAST_TARGET = 7;

    /** How often a thread looks for the end of another one's remapping before it gives up its processor. */
    private static final int MAX_SPINS = 100;

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
        super(origin.op(), origin.flags() & ~doneAbove(origin.op()), sector, sectors, payload);
        this.slot = slot;
        this.origin = origin;
        this.group = group;
        this.targetSector = sector;
        this.targetSectors = sectors;
        this.targetPayload = payload;
        this.copyNumber = copyNumber;
    }

    /** The flags that the host has seen to when a bio reaches a target, or that mean nothing to its operation. */
    private static int doneAbove(BioOp op) {
        return op == BioOp.FLUSH ? BioFlags.PREFLUSH | BioFlags.FUA : BioFlags.PREFLUSH;
    }

    /** Gives the bio to its target, and carries out what that says. Never throws. */
    void map() {
        map(turn & ~STATE);
    }

    private void map(int call) {
        MapResult result = null;
        try {
            result = slot.callMap(this);
            if (result == null) {
                slot.reports().blame("map returned null", null);
            }
        } catch (Throwable t) { // a target that throws, whatever it throws, fails its own bio alone
            slot.reports().blame("map threw", t);
        }
        while (!mapReturned(call, result)) {
            Thread.onSpinWait();
        }
    }

    /** Carries out what a call of {@code map} returned. False if the turn changed on the way: try again. */
    private boolean mapReturned(int call, MapResult result) {
        int now = settledTurn();
        if ((now & ~STATE) != call) {
            return true; // it has been to the target again by now, and is somebody else's
        }
        int state = state(now);
        if (state == REMAPPED && (result == MapResult.REMAPPED || result == MapResult.SUBMITTED)) {
            if (!TURN.compareAndSet(this, now, call | BELOW)) {
                return false;
            }
            submitBelow();
            return true;
        }
        if (explains(result, state)) {
            if (state == KEPT) {
                tellSlot();
            }
            return true;
        }
        boolean withTarget = state == IN_TARGET || state == KEPT || state == REMAPPED;
        if (withTarget && !TURN.compareAndSet(this, now, call | ENDED)) {
            return false;
        }
        if (result != null) {
            slot.reports().blame("map returned " + result + ", which is not what its call on the bio returned", null);
        }
        if (withTarget) {
            if (state == KEPT) {
                slot.notKept(this);
            }
            goUp(BioStatus.IO, false);
        }
        return true;
    }

    /**
     * Has the slot know whether the target keeps this bio. Called by whoever has made it so or has changed that; two that meet look
     * again until what the slot was told is what is.
     */
    private void tellSlot() {
        int told;
        do {
            told = turn;
            if (state(told) == KEPT) {
                slot.kept(this);
            } else {
                slot.notKept(this);
            }
        } while (turn != told);
    }

    /** Takes the bio from a target that keeps it, and fails it. The target may use its payload for as long as it likes. */
    void takeAway() {
        for (int now = turn; state(now) == KEPT; now = turn) {
            if (TURN.compareAndSet(this, now, (now & ~STATE) | ENDED)) {
                tellSlot();
                if (op().hasPayload()) {
                    abandonPayload();
                }
                goUp(BioStatus.IO, false);
                return;
            }
        }
    }

    /** Whether what {@code map} returned goes with what has become of the bio, perhaps on another thread. */
    private static boolean explains(MapResult result, int state) {
        if (result == null || state == IN_TARGET || state == REMAPPED) {
            return false;
        }
        return switch (result) {
            case SUBMITTED -> true;
            case REQUEUED -> state == HELD_BACK || state == ENDED;
            case COMPLETED -> state == ENDED;
            case REMAPPED -> false;
        };
    }

    private static int state(int turn) {
        return turn & STATE;
    }

    /** Whose turn it is, once a remapping that is under way on another thread, a matter of a few instructions, is over. */
    private int settledTurn() {
        int now = turn;
        for (int spins = 0; state(now) == BEING_REMAPPED; spins++) {
            if (spins < MAX_SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(1); // that thread may need this one's processor
            }
            now = turn;
        }
        return now;
    }

    /** Sends a flush to a device that the target claimed, past the target. Never throws. */
    void passTo(BlockDevice device) {
        below = device;
        TURN.setRelease(this, PAST_TARGET);
        submitBelow();
    }

    @Override
    public MapResult remap(DmDev dev, long sector) {
        return remapTo(dev, op() == BioOp.FLUSH ? 0 : sector, targetSectors, targetPayload);
    }

    @Override
    public MapResult remap(DmDev dev, long sector, ByteBuffer payload) {
        if (!op().hasPayload() || payload == null || payload.remaining() != targetSectors << SECTOR_SHIFT) {
            slot.reports().blame("remapped a bio with a payload of another length", null);
            return complete(BioStatus.IO);
        }
        return remapTo(dev, sector, targetSectors, payload);
    }

    @Override
    public MapResult remap(DmDev dev, long sector, long sectors) {
        boolean mayShrink = op() == BioOp.DISCARD || op() == BioOp.WRITE_ZEROES;
        if (sectors != targetSectors && !(mayShrink && sectors >= 1 && sectors < targetSectors)) {
            slot.reports().blame("remapped a part of a " + op() + " that may not be cut, or more than it has", null);
            return complete(BioStatus.IO);
        }
        return remapTo(dev, sector, sectors, targetPayload);
    }

    private MapResult remapTo(DmDev dev, long sector, long sectors, ByteBuffer payload) {
        if (!(dev instanceof ClaimedDevice claimed) || claimed.claimant() != slot) {
            slot.reports().blame("remapped a bio to a device that it did not claim", null);
            return complete(BioStatus.IO);
        }
        if (sector < 0 || sector > claimed.sectors() - sectors) {
            if (sector < 0 || !(claimed.lower() instanceof MappedDevice)) { // whose size can change under the target
                slot.reports().blame("remapped a bio beyond the end of " + dev, null);
            }
            return complete(BioStatus.IO);
        }
        if (claimed.isReadOnly() && op().modifies()) {
            return complete(BioStatus.NOT_PERMITTED);
        }
        while (true) {
            int now = turn;
            int call = now & ~STATE;
            if (state(now) == IN_TARGET && TURN.compareAndSet(this, now, call | BEING_REMAPPED)) {
                try {
                    below = claimed.lower();
                    retarget(sector, sectors, payload);
                    TURN.setRelease(this, call | REMAPPED);
                } catch (StackOverflowError e) { // the target's: nobody may be left waiting for this to be over
                    turn = call | IN_TARGET;
                    throw e;
                }
                return MapResult.REMAPPED;
            }
            if (state(now) == KEPT && TURN.compareAndSet(this, now, call | BELOW)) {
                slot.notKept(this);
                below = claimed.lower();
                retarget(sector, sectors, payload);
                submitBelow();
                return MapResult.REMAPPED;
            }
            if (state(now) != IN_TARGET && state(now) != KEPT) {
                slot.reports().blame("remapped a bio that was not its own any more", null);
                return MapResult.REMAPPED;
            }
        }
    }

    @Override
    public MapResult submitted() {
        // That this may fail is no breach: another thread of the target can have remapped or ended the bio by now.
        int now = turn;
        if (state(now) == IN_TARGET) {
            TURN.compareAndSet(this, now, (now & ~STATE) | KEPT);
        }
        return MapResult.SUBMITTED;
    }

    @Override
    public MapResult complete(BioStatus status) {
        if (!takeFromTarget(ENDED)) {
            slot.reports().blame("completed a bio that was not its own any more", null);
        } else if (status == null) {
            slot.reports().blame("completed a bio without a status", null);
            goUp(BioStatus.IO, false);
        } else {
            goUp(status, true);
        }
        return MapResult.COMPLETED;
    }

    @Override
    public MapResult requeue() {
        if (!takeFromTarget(HELD_BACK)) {
            slot.reports().blame("requeued a bio that was not its own any more", null);
        } else if (!holdBack()) {
            goUp(BioStatus.IO, false);
        }
        return MapResult.REQUEUED;
    }

    private boolean takeFromTarget(int next) {
        for (int now = turn; state(now) == IN_TARGET || state(now) == KEPT; now = turn) {
            if (TURN.compareAndSet(this, now, (now & ~STATE) | next)) {
                if (state(now) == KEPT) {
                    slot.notKept(this);
                }
                return true;
            }
        }
        return false;
    }

    /** Submits the bio to {@code below}; it is nobody else's. */
    private void submitBelow() {
        try {
            if (hasEnded()) {
                rearm(); // it has been below before, and endIo kept it
            }
            if (has(BioFlags.FUA) && !below.limits().fua()) {
                FuaEmulation.submit(below, this);
            } else {
                below.submit(this);
            }
        } catch (Throwable t) { // out of memory, or a device that cannot even tell its limits: nothing has gone down
            slot.reports().report("failed to submit to " + below, t);
            endIo(BioStatus.IO);
        }
    }

    /** The lower device's answer; or, if this one is held back, that of the clones which carried it out anew. */
    @Override
    protected void ended(BioStatus status) {
        int now = settledTurn();
        if (state(now) == BELOW) {
            goUp(status, true);
            return;
        }
        if (state(now) == HELD_BACK || state(now) == PAST_TARGET) {
            goUp(status, false);
            return;
        }
        slot.reports()
                .blame("called endIo on its own bio, which is the lower device's call; a target's is complete", null);
        if (takeFromTarget(ENDED)
                || (state(now) == REMAPPED && TURN.compareAndSet(this, now, (now & ~STATE) | ENDED))) {
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
            boolean heldBack = state(clone.turn) == HELD_BACK;
            Bio parent = clone.origin;
            if (clone.payloadAbandoned()) {
                parent.abandonPayload();
            }
            if (clone.doubt() != null) {
                parent.leaveInDoubt(clone.doubt());
            }
            if (clone.group != null) {
                boolean last = clone.group.ended(answer);
                if (!last) {
                    parent = null;
                }
                answer = clone.group.status();
            }
            if (!heldBack) {
                clone.slot.pieceLeft();
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
            if (state(clone.turn) == BELOW) {
                answer = clone.askTarget(answer);
            }
        }
    }

    /** Asks the target's {@code endIo} about an answer. Null if the bio stays, with the target or held back. */
    private BioStatus askTarget(BioStatus status) {
        retarget(targetSector, targetSectors, targetPayload);
        if (!slot.hasEndIo()) {
            TURN.setRelease(this, (turn & ~STATE) | ENDED);
            return status;
        }
        int call = beginCall();
        EndIo decision = null;
        try {
            decision = slot.callEndIo(this, status);
            if (decision == null) {
                slot.reports().blame("endIo returned null", null);
            }
        } catch (Throwable t) { // as in map: the bio fails, and nothing else
            slot.reports().blame("endIo threw", t);
        }
        return decision != null && !decision.isDone() && !decision.isRequeue()
                ? keptInEndIo(call)
                : endedInEndIo(call, decision);
    }

    /** The target said that it keeps the bio; it may have remapped or ended it, too, by now. */
    private BioStatus keptInEndIo(int call) {
        while (true) {
            int now = settledTurn();
            if (now == (call | IN_TARGET)) {
                if (TURN.compareAndSet(this, now, call | KEPT)) {
                    tellSlot();
                    return null;
                }
            } else if (now == (call | REMAPPED)) {
                if (TURN.compareAndSet(this, now, call | BELOW)) {
                    submitBelow();
                    return null;
                }
            } else {
                if (now == (call | KEPT)) {
                    tellSlot();
                }
                return null;
            }
        }
    }

    /** The target said how the bio ends, or that it is to be mapped again; or failed to say anything. */
    private BioStatus endedInEndIo(int call, EndIo decision) {
        boolean requeue = decision != null && decision.isRequeue();
        while (true) {
            int now = settledTurn();
            int state = state(now);
            if ((now & ~STATE) != call || (state != IN_TARGET && state != KEPT && state != REMAPPED)) {
                if (decision != null) {
                    slot.reports().blame("decided in endIo about a bio that it had remapped or ended before", null);
                }
                return null;
            }
            if (state == REMAPPED) {
                if (TURN.compareAndSet(this, now, call | ENDED)) {
                    slot.reports().blame("remapped a bio in endIo and did not return that it keeps it", null);
                    return BioStatus.IO;
                }
            } else if (TURN.compareAndSet(this, now, call | (requeue ? HELD_BACK : ENDED))) {
                if (state == KEPT) {
                    slot.notKept(this);
                }
                if (requeue) {
                    return holdBack() ? null : BioStatus.IO;
                }
                return decision == null ? BioStatus.IO : decision.status();
            }
        }
    }

    /** The target's code is about to be called. The bio is nobody else's. */
    private int beginCall() {
        int call = (turn & ~STATE) + CALL;
        TURN.setRelease(this, call | IN_TARGET);
        return call;
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
            slot.pieceLeft();
        } else {
            TURN.setRelease(this, (turn & ~STATE) | ENDED);
        }
        return held;
    }

    /** Whether this clone is one that the device itself held back, and now submits anew. */
    boolean isHeldBackBy(MappedDevice device) {
        return state(turn) == HELD_BACK && slot.device() == device;
    }

    /** Whether the target that requeued this bio still stands in this table, and so can be given it once more. */
    boolean belongsTo(LoadedTable table) {
        return slot.table() == table;
    }

    /** Gives a bio that was held back to its target once more. */
    void mapAgain() {
        retarget(targetSector, targetSectors, targetPayload);
        map(beginCall());
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
