package io.devicemapper.testkit;

import io.devicemapper.target.TargetType;

/** The kit on a target that is right. */
class ShiftTargetConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new ShiftTarget();
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
