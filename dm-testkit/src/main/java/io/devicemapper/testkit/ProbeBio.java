package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A bio that counts how often the device ends it: a common one hides all ends but the first. */
class ProbeBio extends Bio {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger ends = new AtomicInteger();
    private volatile BioStatus status;

    ProbeBio(BioOp op, int flags, long sector, long sectors, ByteBuffer payload) {
        super(op, flags, sector, sectors, payload);
    }

    /** Submits it, which must not throw. */
    ProbeBio submitTo(BlockDevice device) {
        try {
            device.submit(this);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(this + ": submit threw", e);
        }
        return this;
    }

    @Override
    protected final void ended(BioStatus how) {
        if (ends.incrementAndGet() == 1) {
            atEnd(how);
            status = how;
            ended.countDown();
        }
        rearm(); // so that one more end would come here, too
    }

    /** What is to be done at its end, on the thread that ends it. */
    void atEnd(BioStatus how) {}

    /** How it ended the first time. */
    BioStatus await() throws InterruptedException {
        Patience.await(ended, toString());
        return status;
    }

    /** As {@link #await}, however often this thread is interrupted meanwhile. */
    BioStatus awaitAcrossInterrupts() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** How often it has ended so far. */
    int ends() {
        return ends.get();
    }
}
