package io.devicemapper.targets.linear;

import io.devicemapper.block.Bio;
import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.Behavior;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;
import java.util.Set;

class ZeroConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new ZeroTarget();
    }

    @Override
    protected String args(TestBed bed) {
        return "";
    }

    @Override
    protected Set<Behavior> lacks() {
        return Set.of(Behavior.STORES_WRITES, Behavior.WRITE_ZEROES);
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return new byte[Bio.SECTOR_SIZE];
    }
}
