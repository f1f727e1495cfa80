package io.devicemapper.block;

import java.util.ArrayDeque;

/**
 * The submissions under way on one thread. A device that completes inside {@code submit}, whose completion submits again, and a
 * mapped device that submits to a lower one would all recurse; here the inner submission waits in a queue until the outer
 * one has returned, so that the stack stays flat however long the chain is.
 */
final class Submissions {
    private static final ThreadLocal<Submissions> CURRENT = ThreadLocal.withInitial(Submissions::new);

    private final ArrayDeque<Bio> waiting = new ArrayDeque<>();
    private boolean running;
    private boolean inCallback;

    static Submissions current() {
        return CURRENT.get();
    }

    /** Carries the bio to the device it is addressed to, now or when the submission under way on this thread has returned. */
    void submit(Bio bio) {
        if (running) {
            waiting.addLast(bio);
            return;
        }
        running = true;
        try {
            for (Bio next = bio; next != null; next = waiting.pollFirst()) {
                next.device().carry(next);
            }
        } finally {
            running = false;
        }
    }

    /** Whether a wait on this thread could wait for something that this very thread has yet to do. */
    boolean mustNotBlock() {
        return running || inCallback;
    }

    boolean enterCallback() {
        boolean before = inCallback;
        inCallback = true;
        return before;
    }

    void exitCallback(boolean before) {
        inCallback = before;
    }
}
