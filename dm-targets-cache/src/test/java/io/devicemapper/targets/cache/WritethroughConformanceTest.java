package io.devicemapper.targets.cache;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** A cache that writes through, whose policy takes in whatever it likes. */
class WritethroughConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new CacheType();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.ownDevice("metadata", 1024) + " " + bed.ownDevice("cache", 640) + " " + bed.device("origin", 1100)
                + " 64 1 writethrough smq 0";
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("origin", sector);
    }
}
