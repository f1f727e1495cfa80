package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.nbd.protocol.NbdError;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A request of a client that is one bio on the device.
 *
 * <p>Who replies is settled between the thread that submits and the one that ends the request: if it has ended when submit
 * returns, the connection thread puts its reply together with those of the requests around it; else the request is detached,
 * and whoever ends it replies.
 */
abstract class NbdRequest extends Bio implements Runnable {
    private static final int SUBMITTING = 0;
    private static final int ENDED = 1;
    private static final int DETACHED = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(NbdRequest.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Transmission transmission;
    private final int command;
    private final long cookie;

    private BioStatus outcome;

    @SuppressWarnings("unused") // through STATE
    private volatile int state;

    NbdRequest(
            Transmission transmission,
            int command,
            long cookie,
            BioOp op,
            int flags,
            long sector,
            long sectors,
            ByteBuffer payload) {
        super(op, flags, sector, sectors, payload);
        this.transmission = transmission;
        this.command = command;
        this.cookie = cookie;
    }

    final Transmission transmission() {
        return transmission;
    }

    final int command() {
        return command;
    }

    final long cookie() {
        return cookie;
    }

    /** Submits this request to the device, now. */
    void submitToDevice() {
        transmission.device().submit(this);
    }

    /** Submits, and tells how long that took. */
    final void submitMeasured(SharedDevice shared) {
        long begin = System.nanoTime();
        submitToDevice();
        if (op().hasPayload()) {
            shared.took(System.nanoTime() - begin);
        }
    }

    /** Carries a detached request out, on a worker. */
    @Override
    public final void run() {
        submitMeasured(transmission.shared());
    }

    /** Gives this request away: from now on, whoever ends it replies. For a request that is not submitted yet. */
    final void detach() {
        STATE.setRelease(this, DETACHED);
    }

    /** After submit has returned: whether this request has ended already. */
    final boolean isFinished() {
        return (int) STATE.getAcquire(this) == ENDED;
    }

    /** After submit has returned: whether this request has ended already. If not, it is detached from now on. */
    final boolean isFinishedElseDetach() {
        return !STATE.compareAndSet(this, SUBMITTING, DETACHED);
    }

    /** Makes this request a user of the block that its payload is in, which it releases with its reply. */
    void hold(PooledBuffer block) {}

    @Override
    protected void ended(BioStatus status) {
        finish(status);
    }

    /** Nothing is left to be done but to reply. */
    final void finish(BioStatus status) {
        outcome = status;
        if (!STATE.compareAndSet(this, SUBMITTING, ENDED)) {
            transmission.complete(reply());
        }
    }

    /** How the request ended, for the client. Once it has. */
    final int error() {
        return NbdError.of(outcome, has(BioFlags.FAST_ONLY));
    }

    /** Text for people who wonder about {@link #error}. */
    final String errorText() {
        return outcome.text();
    }

    /** The reply, once the request has ended. Gives back what the request holds. */
    abstract Reply reply();

    /** A reply that tells no more than how it ended. */
    final Reply status() {
        return Reply.status(command, cookie, error(), errorText());
    }
}
