package io.devicemapper.targets.cache;

import java.util.concurrent.CountDownLatch;

/** Waits of worker and control threads for what is certain to come: an interrupt does not cut them short, and is kept for later. */
final class Waiting {
    private Waiting() {}

    /** Waits until the latch is open. */
    static void forLatch(CountDownLatch latch) {
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
}
