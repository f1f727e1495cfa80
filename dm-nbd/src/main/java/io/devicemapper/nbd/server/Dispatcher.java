package io.devicemapper.nbd.server;

import io.devicemapper.block.BlockDevice;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decides on which thread a request is carried out. For the connection thread.
 *
 * <p>Waking another thread costs 25 to 60 us where a processor sleeps, far more than a request to a device that does not wait: that
 * stays on the connection thread. Where the device waits, requests that come side by side are carried out side by side on its
 * workers; one that comes alone stays here, since nothing else waits for this thread. So does every read and write while the device
 * is quick, such as a file in the page cache.
 */
final class Dispatcher {
    /** After so many requests in a row that came alone, the next one is believed to be alone as well. */
    private static final int LONELY_STREAK = 4;

    /** After so many requests in a row that ended in submit, the next one is believed to do so as well. */
    private static final int SYNCHRONOUS_STREAK = 64;

    private final SharedDevice shared;
    private final BlockDevice device;
    private final OutputBuffer output;
    private final AtomicInteger detached;
    private final Workers.Queue ioQueue = new Workers.Queue();
    private final Workers.Queue slowQueue = new Workers.Queue();

    private boolean deviceWaits;
    private boolean sleptHere;
    private int lonelyStreak = LONELY_STREAK;
    private int synchronousStreak = SYNCHRONOUS_STREAK;

    /** @param detached counts the requests that other threads will reply to */
    Dispatcher(SharedDevice shared, OutputBuffer output, AtomicInteger detached) {
        this.shared = shared;
        this.device = shared.device();
        this.output = output;
        this.detached = detached;
    }

    /** Begins with the requests that one read brought. */
    void beginRound() {
        deviceWaits = device.mayWait();
        sleptHere = false;
    }

    /** Whether a request slept here since the round began, so that others may have come meanwhile. */
    boolean sleptHere() {
        return sleptHere;
    }

    /** Requests came while this thread slept in one: their client sends side by side. */
    void othersCameMeanwhile() {
        lonelyStreak = 0;
    }

    /** Whether requests may use memory that all requests of a round share, since they end before submit returns. */
    boolean endsInSubmit() {
        return !deviceWaits && synchronousStreak >= SYNCHRONOUS_STREAK;
    }

    /**
     * Carries out a request whose payload is in memory that this thread uses on afterwards.
     *
     * @param block the memory
     * @return whether it has ended; if not, it is one more user of the block, and its memory must be left alone
     */
    boolean carryOutInPlace(NbdRequest request, PooledBuffer block) {
        request.submitToDevice();
        if (request.isFinished()) {
            return true;
        }
        block.share();
        request.hold(block);
        detached.incrementAndGet();
        if (request.isFinishedElseDetach()) {
            detached.decrementAndGet();
            request.hold(null);
            block.release();
            return true;
        }
        synchronousStreak = 0;
        return false;
    }

    /**
     * Carries out a request that has memory of its own, or none, or has a worker do so.
     *
     * @param slow whether it may take long, so that reads must not queue behind it
     * @param last whether no other request is at hand
     */
    void carryOut(NbdRequest request, boolean slow, boolean last) {
        if (deviceWaits && !staysHere(slow, last)) {
            request.detach();
            detached.incrementAndGet();
            if (slow) {
                shared.slowWorkers().execute(slowQueue, request);
            } else {
                shared.ioWorkers().execute(ioQueue, request);
            }
            return;
        }
        if (deviceWaits) {
            sleptHere = true;
            request.submitMeasured(shared);
        } else {
            request.submitToDevice();
        }
        if (!request.isFinished()) {
            detached.incrementAndGet();
            if (!request.isFinishedElseDetach()) {
                synchronousStreak = 0;
                return;
            }
            detached.decrementAndGet();
        }
        synchronousStreak++;
        output.put(request.reply());
    }

    private boolean staysHere(boolean slow, boolean last) {
        boolean lonely = last && detached.get() == 0;
        lonelyStreak = lonely ? lonelyStreak + 1 : 0;
        return !slow && (shared.isQuick() || lonelyStreak > LONELY_STREAK);
    }

    /**
     * Has a job carried out.
     *
     * @param sleeps whether it sleeps even on a device that does not wait
     */
    void carryOut(Job job, boolean sleeps) {
        detached.incrementAndGet();
        if (sleeps || deviceWaits) {
            shared.slowWorkers().execute(slowQueue, job);
        } else {
            job.run();
        }
    }
}
