package io.devicemapper.targets.linear;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

class LinearConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new LinearTarget();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.device("lower", 2048) + " 67";
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("lower", 67 + sector);
    }
}
