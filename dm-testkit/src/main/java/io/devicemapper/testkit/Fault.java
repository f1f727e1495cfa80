package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import java.util.concurrent.atomic.AtomicLong;

/** What a {@link FaultDevice} does to certain bios, from its injection until it is removed. Safe for use by several threads. */
public abstract sealed class Fault permits FaultDevice.Failure, HeldBios {
    private final FaultDevice device;
    private final BioMatch match;
    private final AtomicLong candidates = new AtomicLong();
    private final AtomicLong hits = new AtomicLong();
    private final Thread injector = Thread.currentThread();
    private final AtomicLong hitsByInjector = new AtomicLong();

    Fault(FaultDevice device, BioMatch match) {
        this.device = device;
        this.match = match;
    }

    /** How many bios it has struck. */
    public final long hits() {
        return hits.get();
    }

    /** How many of those were submitted by the thread that injected it: what a target does on a thread of its own isn't counted. */
    final long hitsByInjector() {
        return hitsByInjector.get();
    }

    /** Ends this fault: what comes from now on passes. */
    public final void remove() {
        device.remove(this);
    }

    final boolean claims(Bio bio) {
        if (!match.covers(bio) || !match.includes(candidates.getAndIncrement())) {
            return false;
        }
        hits.incrementAndGet();
        if (Thread.currentThread() == injector) {
            hitsByInjector.incrementAndGet();
        }
        return true;
    }

    /** Does to the bio what this fault is about. */
    abstract void strike(Bio bio);

    @Override
    public String toString() {
        return match + ": " + hits + " hits";
    }
}
