package io.devicemapper.targets.crypt;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Objects that one thread uses at a time: ciphers and scratch arrays. A thread finds the one that it used last, as a rule, so it costs
 * about as little as a {@link ThreadLocal}; but what it holds is gone with the pool, where a thread local would pin keys to the host's
 * threads. Safe for use by several threads.
 *
 * @param <T> what it lends
 */
final class ScratchPool<T> {
    /** More than run at once, so that a thread seldom finds its slot taken. */
    private static final int SLOTS =
            Integer.highestOneBit(Math.max(4, Runtime.getRuntime().availableProcessors()) * 4 - 1) * 2;

    /** Spreads thread numbers, which are consecutive, over slots that are not neighbours in memory. */
    private static final int STRIDE = 17;

    private final AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(SLOTS);
    private final Supplier<T> maker;
    private volatile boolean closed;

    ScratchPool(Supplier<T> maker) {
        this.maker = maker;
    }

    /** Lends one, made anew if all are in use. */
    T borrow() {
        int home = home();
        for (int i = 0; i < SLOTS; i++) {
            int slot = (home + i) & (SLOTS - 1);
            if (slots.getPlain(slot) != null) {
                T found = slots.getAndSet(slot, null);
                if (found != null) {
                    return found;
                }
            }
        }
        return maker.get();
    }

    /** Takes one back. It is dropped if the pool is full or closed. */
    void giveBack(T lent) {
        int home = home();
        for (int i = 0; i < SLOTS && !closed; i++) {
            int slot = (home + i) & (SLOTS - 1);
            if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, lent)) {
                break;
            }
        }
        if (closed) {
            clear();
        }
    }

    /** Drops all, also those that are given back later. */
    void close() {
        closed = true;
        clear();
    }

    private void clear() {
        for (int i = 0; i < SLOTS; i++) {
            slots.set(i, null);
        }
    }

    private static int home() {
        return (int) Thread.currentThread().getId() * STRIDE;
    }
}
