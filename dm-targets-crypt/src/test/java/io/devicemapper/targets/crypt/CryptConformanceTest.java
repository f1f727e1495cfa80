package io.devicemapper.targets.crypt;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.Behavior;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;
import java.util.Set;

/** With units of a sector, and discards. TABLE hides the key, so it does not make the same target; surplus arguments are ignored as in the kernel. */
class CryptConformanceTest extends TargetConformanceTest {
    static final String KEY =
            "a1b2c3d4e5f60718293a4b5c6d7e8f90".repeat(2) + "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2);

    @Override
    protected TargetType<?> targetType() {
        return new CryptTarget();
    }

    @Override
    protected String args(TestBed bed) {
        return "aes-xts-plain64 " + KEY + " 13 " + bed.device("lower", 2048) + " 67 1 allow_discards";
    }

    @Override
    protected Set<Behavior> lacks() {
        return Set.of(Behavior.WRITE_ZEROES, Behavior.TABLE_ROUND_TRIP, Behavior.STRICT_ARGUMENTS);
    }
}
