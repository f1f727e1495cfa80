package io.devicemapper.targets.cache;

import io.devicemapper.target.TargetBio;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The writes that go to the origin alone, and the blocks that are held against them while they come into the cache.
 *
 * <p>A writer counts himself first ({@link #enter}) and looks then whether the block is held; whoever wants to copy a block has it held first and
 * waits then until those have left who were counted before ({@link Drain}). So no write is under way to a block that is being copied. Writers are
 * counted by stripes of blocks, in two counters each that take turns, so that those who come later never hold up a drain.
 */
final class OriginWrites {
    private static final int STRIPES = 1024;

    private final Stripe[] stripes = new Stripe[STRIPES];
    private volatile Hold[] holds = new Hold[0];

    OriginWrites() {
        Arrays.setAll(stripes, i -> new Stripe());
    }

    /** The two counters of some blocks. */
    private static final class Stripe {
        private final Count first = new Count();
        private final Count second = new Count();
        private volatile Count current = first;
    }

    /** How many writers came at one time; the context of their bios. */
    static final class Count {
        private static final VarHandle WRITERS;

        static {
            try {
                WRITERS = MethodHandles.lookup().findVarHandle(Count.class, "writers", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        @SuppressWarnings("unused") // changed through WRITERS
        private volatile int writers;

        /** One writer has ended. */
        void leave() {
            WRITERS.getAndAdd(this, -1);
        }
    }

    /** A block that takes no writes for now; those that come wait here. */
    static final class Hold {
        private final long originBlock;
        private final ArrayDeque<TargetBio> waiting = new ArrayDeque<>();
        private boolean released;

        private Hold(long originBlock) {
            this.originBlock = originBlock;
        }

        /** Lets a write wait. False if the hold is over. */
        synchronized boolean queue(TargetBio bio) {
            if (!released) {
                waiting.add(bio);
            }
            return !released;
        }

        private synchronized List<TargetBio> release() {
            released = true;
            List<TargetBio> taken = List.copyOf(waiting);
            waiting.clear();
            return taken;
        }
    }

    /**
     * Waits for those who were counted before it was made. First the counter that is not in use has to be empty, then new writers are sent
     * there, and then the other one has to become empty: whoever was counted before is in one of the two.
     */
    static final class Drain {
        private final Stripe stripe;
        private Count old;

        private Drain(Stripe stripe) {
            this.stripe = stripe;
        }

        /** Goes on as far as possible, and tells whether all have left. One thread for all drains. */
        boolean isOver() {
            if (old == null) {
                Count inUse = stripe.current;
                Count other = inUse == stripe.first ? stripe.second : stripe.first;
                if (other.writers != 0) {
                    return false;
                }
                stripe.current = other;
                old = inUse;
            }
            return old.writers == 0;
        }
    }

    private Stripe stripe(long originBlock) {
        long mixed = originBlock * 0x9E3779B97F4A7C15L;
        return stripes[(int) (mixed >>> 54)];
    }

    /** Counts a writer, who looks for a hold and for the block in the cache after that. */
    Count enter(long originBlock) {
        Stripe stripe = stripe(originBlock);
        while (true) {
            Count count = stripe.current;
            Count.WRITERS.getAndAdd(count, 1);
            if (stripe.current == count) {
                return count;
            }
            count.leave();
        }
    }

    /** The hold on a block, or null. */
    Hold find(long originBlock) {
        for (Hold hold : holds) {
            if (hold.originBlock == originBlock) {
                return hold;
            }
        }
        return null;
    }

    /** For the one who copies: holds blocks. */
    synchronized List<Hold> hold(List<Long> originBlocks) {
        List<Hold> all = new ArrayList<>(Arrays.asList(holds));
        List<Hold> added = new ArrayList<>();
        for (long originBlock : originBlocks) {
            added.add(new Hold(originBlock));
        }
        all.addAll(added);
        holds = all.toArray(Hold[]::new);
        return added;
    }

    /** For the one who copies: a wait for those who may not have seen the hold on a block. */
    Drain drain(long originBlock) {
        return new Drain(stripe(originBlock));
    }

    /** For the one who copies: ends holds, once what became of the blocks can be seen. Returns the writes that waited. */
    synchronized List<TargetBio> release(List<Hold> ended) {
        List<Hold> all = new ArrayList<>(Arrays.asList(holds));
        all.removeAll(ended);
        holds = all.toArray(Hold[]::new);
        List<TargetBio> waiting = new ArrayList<>();
        for (Hold hold : ended) {
            waiting.addAll(hold.release());
        }
        return waiting;
    }
}
