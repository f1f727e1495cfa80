package io.devicemapper.targets.linear;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.Behavior;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;
import java.util.Set;

/** Lacks what the kernel's lacks as well: it takes any number of arguments, and does not tell them. */
class ErrorConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new ErrorTarget();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.device("lower", 2048) + " 67";
    }

    @Override
    protected Set<Behavior> lacks() {
        return Set.of(
                Behavior.READS,
                Behavior.WRITES,
                Behavior.DISCARDS,
                Behavior.WRITE_ZEROES,
                Behavior.STRICT_ARGUMENTS,
                Behavior.TABLE_ROUND_TRIP);
    }
}
