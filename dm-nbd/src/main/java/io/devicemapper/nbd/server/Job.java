package io.devicemapper.nbd.server;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.nbd.protocol.NbdError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/**
 * A request that is more than one bio, or none: carried out step by step on a thread that may sleep. None of these is on the way of
 * ordinary reads and writes.
 */
abstract class Job implements Runnable {
    private static final System.Logger LOG = System.getLogger(Job.class.getName());

    private final Transmission transmission;
    private final int command;
    private final long cookie;

    Job(Transmission transmission, int command, long cookie) {
        this.transmission = transmission;
        this.command = command;
        this.cookie = cookie;
    }

    final Transmission transmission() {
        return transmission;
    }

    final BlockDevice device() {
        return transmission.device();
    }

    final long cookie() {
        return cookie;
    }

    /** Carries the request out and says how it is replied to. */
    abstract Reply carryOut() throws IOException;

    /** A reply that says no more than that the request was carried out. */
    final Reply success() {
        return Reply.status(command, cookie, NbdError.OK, "");
    }

    @Override
    public final void run() {
        Reply reply;
        try {
            reply = carryOut();
        } catch (StepFailedException e) {
            reply = Reply.status(command, cookie, NbdError.of(e.status, false), e.status.text());
        } catch (Throwable e) { // whatever the device throws, it costs this request alone, which must not stay open
            LOG.log(System.Logger.Level.WARNING, device().name() + ": request failed in the device", e);
            reply = Reply.status(command, cookie, NbdError.EIO, BioStatus.IO.text());
        }
        transmission.complete(reply);
    }

    /** Submits a bio without a payload, or with one that nobody else ever writes to, and sleeps until it has ended. */
    final void step(BioOp op, int flags, long offset, long bytes, ByteBuffer payload) throws StepFailedException {
        step(op, flags, offset, bytes, payload, null);
    }

    /** As {@link #step(BioOp, int, long, long, ByteBuffer)}, with a payload that lies in a pooled block. */
    final void step(BioOp op, int flags, long offset, long bytes, ByteBuffer payload, PooledBuffer block)
            throws StepFailedException {
        CountDownLatch ended = new CountDownLatch(1);
        BioStatus[] outcome = new BioStatus[1];
        device().submit(Bio.of(
                op, flags, offset >> Bio.SECTOR_SHIFT, bytes >> Bio.SECTOR_SHIFT, payload, (bio, status) -> {
                    if (bio.payloadAbandoned() && block != null) {
                        block.abandon();
                    }
                    outcome[0] = status;
                    ended.countDown();
                }));
        awaitUninterruptibly(ended);
        if (!outcome[0].isOk()) {
            throw new StepFailedException(outcome[0]);
        }
    }

    /** The payload belongs to the device until the bio has ended: no interrupt may cut this wait short. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A bio of this job did not end well. */
    static final class StepFailedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final BioStatus status;

        StepFailedException(BioStatus status) {
            super(status.text());
            this.status = status;
        }

        BioStatus status() {
            return status;
        }
    }
}
