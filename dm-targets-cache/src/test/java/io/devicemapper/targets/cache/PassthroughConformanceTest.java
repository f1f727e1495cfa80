package io.devicemapper.targets.cache;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** A cache whose blocks only leave. */
class PassthroughConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new CacheType();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.ownDevice("metadata", 1024) + " " + bed.ownDevice("cache", 640) + " " + bed.device("origin", 1100)
                + " 64 2 metadata2 passthrough smq 0";
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("origin", sector);
    }
}
