package io.devicemapper.targets.multipath;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** Two groups with a path to the same device each: a failed bio finds a second path, which ends in the same way. */
class MultipathConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new MultipathTarget();
    }

    @Override
    protected String args(TestBed bed) {
        String disk = bed.device("disk", 1000);
        return "0 0 2 1 queue-length 0 1 0 " + disk + " round-robin 0 1 0 " + disk;
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("disk", sector);
    }
}
