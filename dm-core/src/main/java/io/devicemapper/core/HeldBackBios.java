package io.devicemapper.core;

import io.devicemapper.block.Bio;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The bios that targets requeued, waiting to be mapped again: at resume, when their target asks for it, or after a back-off that
 * doubles as long as they come back.
 */
final class HeldBackBios {
    private static final long FIRST_BACK_OFF_MILLIS = 10;
    private static final long LONGEST_BACK_OFF_MILLIS = 1000;

    private record Entry(Clone bio, TargetSlot<?> slot) {}

    private final List<Entry> entries = new ArrayList<>();
    private final ScheduledExecutorService timer;
    private final Executor submitter;
    private final MappedDevice device;
    private long backOffMillis = FIRST_BACK_OFF_MILLIS;
    private long backOffEndedNanos;
    private boolean timerRuns;
    private boolean refusing;

    HeldBackBios(MappedDevice device, ScheduledExecutorService timer, Executor submitter) {
        this.device = device;
        this.timer = timer;
        this.submitter = submitter;
    }

    /** Keeps a bio. False if it has to fail, since the device is going away. */
    synchronized boolean add(Clone bio, TargetSlot<?> slot) {
        if (refusing || (!timerRuns && !startTimer())) {
            return false;
        }
        entries.add(new Entry(bio, slot));
        return true;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the task only submits bios, which tell how they end themselves
    private boolean startTimer() {
        if (System.nanoTime() - backOffEndedNanos > TimeUnit.MILLISECONDS.toNanos(2 * backOffMillis)) {
            backOffMillis =
                    FIRST_BACK_OFF_MILLIS; // those that waited last time did not come back: this is another matter
        }
        try {
            timer.schedule(this::backOffEnded, backOffMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return false; // the device mapper is closed
        }
        timerRuns = true;
        backOffMillis = Math.min(LONGEST_BACK_OFF_MILLIS, 2 * backOffMillis);
        return true;
    }

    private void backOffEnded() {
        List<Bio> due;
        synchronized (this) {
            timerRuns = false;
            backOffEndedNanos = System.nanoTime();
            due = take(null);
        }
        submit(due);
    }

    /** From now on no bio is kept. Hands over those kept so far. */
    synchronized List<Bio> refuse() {
        refusing = true;
        return take(null);
    }

    /** Maps the bios of one target again, now. */
    void retry(TargetSlot<?> slot) {
        List<Bio> due;
        synchronized (this) {
            backOffMillis = FIRST_BACK_OFF_MILLIS;
            due = take(slot);
        }
        submit(due);
    }

    /** Hands over all bios, for a device that resumes or goes away. */
    synchronized List<Bio> takeAll() {
        backOffMillis = FIRST_BACK_OFF_MILLIS;
        return take(null);
    }

    private List<Bio> take(TargetSlot<?> slot) {
        List<Bio> taken = new ArrayList<>();
        for (Iterator<Entry> it = entries.iterator(); it.hasNext(); ) {
            Entry entry = it.next();
            if (slot == null || entry.slot() == slot) {
                taken.add(entry.bio());
                it.remove();
            }
        }
        return taken;
    }

    /** On threads that may wait: neither the timer's nor, for a retry, the target's. */
    private void submit(List<Bio> bios) {
        for (Bio bio : bios) {
            submitter.execute(() -> device.submit(bio));
        }
    }
}
