package io.devicemapper.block;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The time in which a write that has ended with an error may still be carried out. One object may stand for many bios, such as
 * all that were unanswered when a connection was given up.
 *
 * <p>Safe for use by several threads.
 *
 * @see Bio#doubt
 */
public final class Doubt {
    private final List<Runnable> listeners = new ArrayList<>(1);
    private boolean over;

    /** A doubt that is not over. */
    public Doubt() {}

    /** A doubt that is over when both are. */
    static Doubt both(Doubt first, Doubt second) {
        Doubt both = new Doubt();
        first.whenOver(() -> second.whenOver(both::end));
        return both;
    }

    /** Whether what is in doubt cannot happen any more. */
    public synchronized boolean isOver() {
        return over;
    }

    /** The device's call: what is in doubt has happened, or cannot happen any more. Idempotent. Runs the listeners, without a lock. */
    public void end() {
        List<Runnable> told;
        synchronized (this) {
            over = true;
            told = List.copyOf(listeners);
            listeners.clear();
        }
        told.forEach(Runnable::run);
    }

    /**
     * Runs a listener once the doubt is over: at once if it is, else on the thread that ends it.
     *
     * @param listener must not block
     */
    public void whenOver(Runnable listener) {
        Objects.requireNonNull(listener, "listener");
        synchronized (this) {
            if (!over) {
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }
}
