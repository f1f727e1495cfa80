package io.devicemapper.core;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

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
    // Guarded by monitor.
    private boolean refusing;
    private boolean retired;
    private CompletableFuture<Void> empty;

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

    /** How many submissions run. Exact only while nothing moves. */
    long submissionsInside() {
        long inside = counters.inside();
        return Math.max(0, (inside - (int) inside) >> 32);
    }

    /**
     * Keeps a bio until the gate opens, or fails it once the gate refuses to. False if the gate is open, or has a successor: try to enter again.
     */
    boolean defer(Bio bio) {
        synchronized (monitor) {
            if (!closed || retired) {
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

    /**
     * Waits until nobody is inside. The gate must be closed.
     *
     * @param giveUp whether to wait no longer; looked at after each {@link #wakeDrain}
     * @return false if the wait was given up
     */
    boolean awaitEmpty(BooleanSupplier giveUp) throws InterruptedException {
        synchronized (monitor) {
            while (counters.inside() != 0) {
                if (giveUp.getAsBoolean()) {
                    return false;
                }
                monitor.wait();
            }
            return true;
        }
    }

    /** Done as soon as nobody is inside. The gate must be closed, and stay so until then. One at a time. */
    CompletableFuture<Void> whenEmpty() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (monitor) {
            empty = done;
        }
        wakeDrain();
        return done;
    }

    /**
     * Ends the service of a closed gate some of whose bios may never leave.
     *
     * @return the gate to take its place: closed, with the bios that were held back here
     */
    SuspendGate retire() {
        SuspendGate next = new SuspendGate(new IoCounters());
        next.closed = true;
        synchronized (monitor) {
            next.refusing = refusing;
            next.deferred.addAll(deferred);
            deferred.clear();
            retired = true;
        }
        return next;
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

    /** Has those who wait for an empty gate look again. */
    void wakeDrain() {
        CompletableFuture<Void> done = null;
        synchronized (monitor) {
            monitor.notifyAll();
            if (empty != null && counters.inside() == 0) {
                done = empty;
                empty = null;
            }
        }
        if (done != null) {
            done.complete(null);
        }
    }
}
