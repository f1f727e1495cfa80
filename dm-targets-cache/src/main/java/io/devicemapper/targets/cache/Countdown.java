package io.devicemapper.targets.cache;

import java.util.concurrent.atomic.AtomicInteger;

/** Tells a listener when several unmappings are over, and whether all were done. Counts its maker as one more. */
final class Countdown implements Unmapping.Listener {
    private final AtomicInteger left;
    private final Unmapping.Listener listener;
    private volatile boolean allDone = true;

    Countdown(int unmappings, Unmapping.Listener listener) {
        this.left = new AtomicInteger(unmappings + 1);
        this.listener = listener;
    }

    @Override
    public void unmapped(boolean done) {
        if (!done) {
            allDone = false;
        }
        if (left.decrementAndGet() == 0) {
            listener.unmapped(allDone);
        }
    }
}
