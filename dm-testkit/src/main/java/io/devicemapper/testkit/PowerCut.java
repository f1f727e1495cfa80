package io.devicemapper.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The power of one or several {@link PowerCutDevice}s, which goes away for all of them at one instant.
 *
 * <p>What had not been flushed by then meets one of several fates, chosen by the seed: a write is gone, is there in some of its sectors, or is
 * there altogether; of two writes to one sector, the earlier may be what is left. Whoever's test fails needs the seed, so {@link #toString} tells it.
 *
 * <pre>{@code
 * for (int writes = 0; writes <= all; writes++) {
 *     PowerCut power = new PowerCut(seed);
 *     power.after(writes);
 *     run(workload, PowerCutDevice.create("disk", 2048, power));
 *     power.restore();
 *     ...                                              // everything flushed must be there
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class PowerCut {
    private static final long NEVER = Long.MAX_VALUE;

    /** What becomes of one write at the cut. */
    enum Fate {
        LOST,
        TORN,
        KEPT
    }

    private final long seed;
    private final List<PowerCutDevice> devices = new ArrayList<>();
    private long writes;
    private long cutAtWrites = NEVER;
    private long operations;
    private long cutAtOperations = NEVER;
    private boolean off;
    private int cuts;

    /** A power supply that goes on until it is told otherwise, with a seed of its own. */
    public PowerCut() {
        this(new Random().nextLong());
    }

    /**
     * A power supply that goes on until it is told otherwise.
     *
     * @param seed decides what is lost at a cut
     */
    public PowerCut(long seed) {
        this.seed = seed;
    }

    /** What decides what is lost. */
    public long seed() {
        return seed;
    }

    /** Cuts the power as soon as that many more writes, discards and write-zeroes have been carried out: before the next one. */
    public synchronized void after(long writes) {
        if (writes < 0) {
            throw new IllegalArgumentException("cannot cut the power after " + writes + " writes");
        }
        cutAtWrites = this.writes + writes;
    }

    /**
     * As {@link #after}, but counts flushes as well, so that the cut may come right before one, when all that it would have made durable can
     * still be lost: only so does a test see a flush that is missing, or that comes too late. Goes with {@link #operations}.
     */
    public synchronized void afterOperations(long operations) {
        if (operations < 0) {
            throw new IllegalArgumentException("cannot cut the power after " + operations + " writes and flushes");
        }
        cutAtOperations = this.operations + operations;
    }

    /** Cuts the power now: what was not flushed may be lost, and all I/O fails until {@link #restore}. */
    public synchronized void cut() {
        if (off) {
            return;
        }
        off = true;
        cutAtWrites = NEVER;
        cutAtOperations = NEVER;
        Random random = new Random(seed + cuts++);
        // None at all, all of it, and something in between are the cases that find different mistakes.
        double kept = new double[] {0, 1, random.nextDouble(), random.nextDouble()}[random.nextInt(4)];
        double torn = random.nextBoolean() ? 0 : 0.5;
        boolean reordered = random.nextBoolean();
        Map<Long, Fate> fates = new HashMap<>();
        for (PowerCutDevice device : devices) {
            device.powerLost(
                    write -> fates.computeIfAbsent(
                            write,
                            w -> random.nextDouble() >= kept
                                    ? Fate.LOST
                                    : random.nextDouble() < torn ? Fate.TORN : Fate.KEPT),
                    reordered,
                    random);
        }
    }

    /** Gives the power back: the devices hold what the cut has left. */
    public synchronized void restore() {
        off = false;
    }

    /** Whether the power is away. */
    public synchronized boolean isCut() {
        return off;
    }

    /** How many writes, discards and write-zeroes the devices have carried out so far. */
    public synchronized long writes() {
        return writes;
    }

    /** As {@link #writes}, and the flushes with them. */
    public synchronized long operations() {
        return operations;
    }

    synchronized void add(PowerCutDevice device) {
        devices.add(device);
    }

    /** One more write, which is number {@code writes()} from now on. Called with this object's monitor held. */
    boolean admitsWrite() {
        if (!off && writes >= cutAtWrites) {
            cut();
        }
        if (!admitsFlush()) {
            return false;
        }
        writes++;
        return true;
    }

    /** One more flush. Called with this object's monitor held. */
    boolean admitsFlush() {
        if (!off && operations >= cutAtOperations) {
            cut();
        }
        if (off) {
            return false;
        }
        operations++;
        return true;
    }

    @Override
    public synchronized String toString() {
        return "PowerCut[seed " + seed + ", " + writes + " writes, " + (off ? "off" : "on") + "]";
    }
}
