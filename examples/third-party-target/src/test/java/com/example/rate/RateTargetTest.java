package com.example.rate;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** What every target must do, with a limit that makes some bios wait. */
class RateTargetTest extends TargetConformanceTest {
    private static final long START = 35;

    @Override
    protected TargetType<?> targetType() {
        return new RateTarget();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.device("lower", START + len()) + " " + START + " 500000000";
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("lower", START + sector);
    }
}
