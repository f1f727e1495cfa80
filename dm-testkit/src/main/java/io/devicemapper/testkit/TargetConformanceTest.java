package io.devicemapper.testkit;

import io.devicemapper.target.TargetType;
import java.util.Set;

/**
 * What every target must do, whatever it is for. The author of a target extends this class, answers up to four questions, and inherits a test for each rule:
 *
 * <pre>{@code
 * class GuardTargetTest extends TargetConformanceTest {
 *     @Override protected TargetType<?> targetType() { return new GuardTarget(); }
 *     @Override protected String args(TestBed bed) { return bed.device("lower", 2048) + " 64"; }
 *     @Override protected Set<Behavior> lacks() { return Set.of(WRITES, DISCARDS, WRITE_ZEROES); }
 *     @Override protected byte[] expectedRead(TestBed bed, long sector) { return bed.content("lower", 64 + sector); }
 * }
 * }</pre>
 *
 * <p>Each test's name begins with the number of its rule, which docs/conformance.md explains. A rule about a behaviour that the target
 * {@linkplain #lacks lacks} is skipped, and another one checks that it fails as agreed.
 *
 * <p>Each rule gets a device mapper of its own, with the target between two others, at a begin that is not 0 and no power of two; and after each rule no bio,
 * claim or thread may be left. A failure tells its seed; {@code -Ddm.testkit.seed=SEED} repeats it. Rules need no order and may run in parallel.
 */
public abstract class TargetConformanceTest
        implements TypeRules,
                ConstructorRules,
                StatusRules,
                MappingRules,
                StorageRules,
                FlushRules,
                LowerFlushRules,
                ErrorRules,
                ConcurrencyRules,
                LateAnswerRules,
                SuspendRules,
                MessageRules,
                AreaRules,
                ExtentRules,
                RangeRules,
                LimitRules,
                EventRules,
                InstanceRules,
                EndRules,
                OperationLackRules,
                LackRules {
    private static final long DEFAULT_LEN = 1000;

    /** For subclasses. */
    protected TargetConformanceTest() {}

    /** The type under test: a new object. */
    protected abstract TargetType<?> targetType();

    /**
     * The arguments that make a target of {@link #len} sectors, as in a table line behind the target's name. Best with offsets that are neither 0 nor
     * powers of two. Called often, with many beds; the same bed gets the same answer.
     *
     * @param bed makes the lower devices: {@link TestBed#device}
     */
    protected abstract String args(TestBed bed);

    /** What this target does not do; by default it does all. */
    protected Set<Behavior> lacks() {
        return Set.of();
    }

    /**
     * What a read of one sector must return now, told from what the lower devices hold. By default what was last written there through the target: with
     * that, nobody checks where on the lower devices data lands.
     *
     * @param bed the lower devices: {@link TestBed#content}; and what was written: {@link TestBed#lastWritten}
     * @param sector counted from the target's begin
     * @return 512 bytes, or null if nobody can tell
     */
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.lastWritten(sector);
    }

    /** How long the target is, in sectors: a multiple of its logical block. By default 1000. Small numbers make fast tests. */
    protected long len() {
        return DEFAULT_LEN;
    }
}
