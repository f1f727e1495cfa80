package io.devicemapper.core;

import io.devicemapper.block.BioOp;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters of one mapped device, striped over threads so that cores do not fight for a cache line: what was submitted, and how
 * many holders of the gate have entered and left. No clock is read.
 */
@SuppressWarnings("EnumOrdinal") // an index into an array of this run, which nobody stores
final class IoCounters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int OPS = BioOp.values().length;
    private static final int SECTORS = OPS;
    private static final int ENTERED = 2 * OPS;
    private static final int LEFT = 2 * OPS + 1;

    /** Longs in a stripe: its counters, rounded up to whole cache lines, and one more line since prefetchers take two. */
    private static final int STRIDE = 24;

    private final int mask;
    private final long[] cells;

    IoCounters() {
        int stripes = Integer.highestOneBit(Math.max(1, Runtime.getRuntime().availableProcessors() * 2 - 1)) * 2;
        this.mask = stripes - 1;
        this.cells = new long[(stripes + 1) * STRIDE];
    }

    /** The calling thread's stripe, to hand to the other methods. */
    int stripe() {
        return ((int) Thread.currentThread().getId() & mask) * STRIDE + STRIDE / 2;
    }

    void submitted(int stripe, BioOp op, long sectors) {
        add(stripe + op.ordinal(), 1);
        if (sectors != 0) {
            add(stripe + SECTORS + op.ordinal(), sectors);
        }
    }

    void entered(int stripe, long holders) {
        add(stripe + ENTERED, holders);
    }

    void left(int stripe, long holders) {
        add(stripe + LEFT, holders);
    }

    /**
     * Holders that entered and have not left. Exact once nobody can enter: each departure's arrival is then already counted, and
     * departures are read first, so the sum may be too high while somebody leaves, never too low.
     */
    long inside() {
        long left = sum(LEFT);
        return sum(ENTERED) - left;
    }

    long count(BioOp op) {
        return sum(op.ordinal());
    }

    long sectors(BioOp op) {
        return sum(SECTORS + op.ordinal());
    }

    private void add(int index, long delta) {
        CELL.getAndAdd(cells, index, delta);
    }

    private long sum(int counter) {
        long sum = 0;
        for (int stripe = 0; stripe <= mask; stripe++) {
            sum += (long) CELL.getVolatile(cells, stripe * STRIDE + STRIDE / 2 + counter);
        }
        return sum;
    }
}
