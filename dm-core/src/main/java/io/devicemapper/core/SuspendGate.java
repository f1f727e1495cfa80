package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets bios into a mapped device, or holds them back while it is suspended. Passing costs two additions to a counter that is
 * the thread's own, and one read of a flag; no lock.
 *
 * <p>A holder is whatever must have ended before a suspend is complete: a bio under way, and the submission that carries it, so that no
 * {@code map} runs any more either. Entering is "add, then look at the flag", closing is "set the flag, then look at the sum":
 * one of the two always sees the other.
 */
final class SuspendGate {
    /** One piece, in the sum of those inside; pieces are counted in its lower half. */
    private static final long PIECE = 1;

    /** One submission, in the sum of those inside; submissions are counted in its upper half. */
    private static final long SUBMISSION = 1L << 32;

    private final IoCounters counters;
    private final Object monitor = new Object();
    private final ArrayDeque<Bio> deferred = new ArrayDeque<>();
    private volatile boolean closed;
    private boolean refusing; // guarded by monitor

    SuspendGate(IoCounters counters) {
        this.counters = counters;
    }

    /**
     * Enters with a submission and its first piece, each of which must leave.
     *
     * @return false if the gate is closed; nobody has entered then
     */
    boolean enter() {
        int stripe = counters.stripe();
        counters.entered(stripe, SUBMISSION + PIECE);
        if (!closed) {
            return true;
        }
        counters.entered(stripe, -(SUBMISSION + PIECE));
        wakeDrain();
        return false;
    }

    /** One more piece of a submission that is inside, so that the gate need not be looked at. */
    void enterPiece() {
        counters.entered(counters.stripe(), PIECE);
    }

    /** The submission has returned: no code of a target runs on its behalf any more. */
    void leaveSubmission() {
        leave(SUBMISSION);
    }

    /** A piece has ended; on any thread. */
    void leavePiece() {
        leave(PIECE);
    }

    private void leave(long holder) {
        counters.left(counters.stripe(), holder);
        if (closed) {
            wakeDrain();
        }
    }

    /** How many pieces are with targets or lower devices. Exact only while nothing moves. */
    long piecesInside() {
        return Math.max(0, (int) counters.inside());
    }

    /** Keeps a bio until the gate opens, or fails it once the gate refuses to. False if the gate is open: try to enter again. */
    boolean defer(Bio bio) {
        synchronized (monitor) {
            if (!closed) {
                return false;
            }
            if (!refusing) {
                deferred.addLast(bio);
                return true;
            }
        }
        bio.endIo(BioStatus.IO);
        return true;
    }

    void close() {
        synchronized (monitor) {
            closed = true;
        }
    }

    /** Waits until nobody is inside. The gate must be closed. */
    void awaitEmpty() throws InterruptedException {
        synchronized (monitor) {
            while (counters.inside() != 0) {
                monitor.wait();
            }
        }
    }

    /** Opens the gate, and hands over the bios that were held back, in the order they came. */
    List<Bio> open() {
        synchronized (monitor) {
            closed = false;
            return drainDeferred();
        }
    }

    /** From now on the gate keeps no bio: whoever finds it closed fails. Hands over the bios held back so far. */
    List<Bio> refuse() {
        synchronized (monitor) {
            refusing = true;
            return drainDeferred();
        }
    }

    private List<Bio> drainDeferred() {
        List<Bio> bios = new ArrayList<>(deferred);
        deferred.clear();
        return bios;
    }

    private void wakeDrain() {
        synchronized (monitor) {
            monitor.notifyAll();
        }
    }
}
