package io.devicemapper.targets.cache;

import io.devicemapper.block.Doubt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes that ended with an error and may still be carried out. While there are any, no block comes into the cache: a late write could hit
 * what is being copied, or the place where the copy goes. Belongs to the mapped device, since tables come and go meanwhile.
 */
final class Doubts {
    private final AtomicInteger open = new AtomicInteger();

    /** Notes a doubt, if there is one, until it is over. */
    void keep(Doubt doubt) {
        if (doubt != null) {
            open.incrementAndGet();
            doubt.whenOver(open::decrementAndGet);
        }
    }

    /** Whether a doubt is open. */
    boolean any() {
        return open.get() != 0;
    }
}
