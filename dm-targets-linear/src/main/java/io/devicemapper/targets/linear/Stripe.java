package io.devicemapper.targets.linear;

import io.devicemapper.target.DmDev;
import java.util.concurrent.atomic.AtomicInteger;

/** One stripe of a {@link StripeSet}: an area of a device, and how often that device has failed. */
final class Stripe {
    final DmDev dev;
    final long startSector;
    private final AtomicInteger errors = new AtomicInteger();

    Stripe(DmDev dev, long startSector) {
        this.dev = dev;
        this.startSector = startSector;
    }

    int countError() {
        return errors.incrementAndGet();
    }

    boolean hasFailed() {
        return errors.get() > 0;
    }
}
