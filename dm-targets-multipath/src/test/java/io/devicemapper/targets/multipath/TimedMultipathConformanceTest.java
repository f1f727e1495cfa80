package io.devicemapper.targets.multipath;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** With a time-out each try has a bio and a buffer of its own; and two paths to the same device share the work. */
class TimedMultipathConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new MultipathTarget();
    }

    @Override
    protected String args(TestBed bed) {
        String disk = bed.device("disk", 1000);
        return "2 io_timeout_msecs 600000 0 1 1 historical-service-time 0 2 0 " + disk + " " + disk;
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("disk", sector);
    }
}
