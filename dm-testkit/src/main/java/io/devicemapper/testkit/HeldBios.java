package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** The bios that a {@link FaultDevice} holds back. Safe for use by several threads. */
public final class HeldBios extends Fault {
    private final FaultDevice device;
    private final List<Bio> held = new ArrayList<>();

    HeldBios(FaultDevice device, BioMatch match) {
        super(device, match);
        this.device = device;
    }

    /** How many are held now. */
    public int count() {
        synchronized (held) {
            return held.size();
        }
    }

    /**
     * Waits until at least so many are held.
     *
     * @param count how many
     * @param timeout how long to wait at most
     * @throws AssertionError if they have not come by then
     */
    public void awaitCount(int count, Duration timeout) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        synchronized (held) {
            while (held.size() < count) {
                long millisLeft = (deadlineNanos - System.nanoTime() + 999_999) / 1_000_000;
                if (millisLeft <= 0) {
                    throw new AssertionError(
                            "expected " + count + " bios to be held within " + timeout + ", found " + held);
                }
                held.wait(millisLeft);
            }
        }
    }

    /** Carries out all that are held now, oldest first, on this thread. What matches from now on is held again. */
    public void release() {
        take().forEach(device::pass);
    }

    /**
     * Carries out all that are held now on this thread, in an order as a disk with a queue may choose it.
     *
     * @param random decides about the order
     */
    public void releaseShuffled(Random random) {
        List<Bio> taken = take();
        Collections.shuffle(taken, random);
        taken.forEach(device::pass);
    }

    /**
     * Ends all that are held now, oldest first, on this thread, without carrying them out.
     *
     * @param status how they end
     */
    public void end(BioStatus status) {
        take().forEach(bio -> bio.endIo(status));
    }

    private List<Bio> take() {
        synchronized (held) {
            List<Bio> taken = new ArrayList<>(held);
            held.clear();
            return taken;
        }
    }

    @Override
    void strike(Bio bio) {
        synchronized (held) {
            held.add(bio);
            held.notifyAll();
        }
    }
}
