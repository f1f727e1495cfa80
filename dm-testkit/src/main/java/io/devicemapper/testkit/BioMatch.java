package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which bios a fault of a {@link FaultDevice} is about. Immutable: each method returns a narrower match.
 *
 * <pre>{@code
 * BioMatch.of(BioOp.WRITE).sectors(64, 8).nth(3)      // the third write that touches sectors 64 to 71
 * }</pre>
 */
public final class BioMatch {
    private static final long FOREVER = Long.MAX_VALUE;

    private final Set<BioOp> ops;
    private final long firstSector;
    private final long endSector;
    private final long passed;
    private final long times;

    private BioMatch(Set<BioOp> ops, long firstSector, long endSector, long passed, long times) {
        this.ops = ops;
        this.firstSector = firstSector;
        this.endSector = endSector;
        this.passed = passed;
        this.times = times;
    }

    /** Every bio. */
    public static BioMatch any() {
        return new BioMatch(EnumSet.allOf(BioOp.class), -1, -1, 0, FOREVER);
    }

    /** Every bio of these operations. */
    public static BioMatch of(BioOp first, BioOp... more) {
        return new BioMatch(Collections.unmodifiableSet(EnumSet.of(first, more)), -1, -1, 0, FOREVER);
    }

    /**
     * Only bios that touch at least one of these sectors; a flush touches none.
     *
     * @param first the first sector, at least 0
     * @param count how many, at least 1
     */
    public BioMatch sectors(long first, long count) {
        if (first < 0 || count < 1) {
            throw new IllegalArgumentException("no range of sectors: " + first + "+" + count);
        }
        return new BioMatch(ops, first, Math.addExact(first, count), passed, times);
    }

    /**
     * Only those after the first {@code count} that would have matched.
     *
     * @param count how many to let pass, at least 0
     */
    public BioMatch after(long count) {
        if (count < 0) {
            throw new IllegalArgumentException("cannot let " + count + " bios pass");
        }
        return new BioMatch(ops, firstSector, endSector, count, times);
    }

    /**
     * Only the first {@code count} of those that would match.
     *
     * @param count how many, at least 1
     */
    public BioMatch times(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("cannot match " + count + " times");
        }
        return new BioMatch(ops, firstSector, endSector, passed, count);
    }

    /**
     * Only one: the n-th that would match.
     *
     * @param n counted from 1
     */
    public BioMatch nth(long n) {
        return after(n - 1).times(1);
    }

    /** Whether the bio is of the right kind and place. */
    boolean covers(Bio bio) {
        return ops.contains(bio.op()) && (endSector < 0 || touches(bio));
    }

    private boolean touches(Bio bio) {
        return bio.sectors() > 0 && bio.sector() < endSector && firstSector < bio.sector() + bio.sectors();
    }

    /** Whether it is the right one's turn. */
    boolean includes(long countedBefore) {
        return countedBefore >= passed && countedBefore - passed < times;
    }

    @Override
    public String toString() {
        return ops
                + (endSector < 0 ? "" : " touching " + firstSector + "+" + (endSector - firstSector))
                + (passed == 0 ? "" : " after " + passed)
                + (times == FOREVER ? "" : " times " + times);
    }
}
