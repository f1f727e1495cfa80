package io.devicemapper.testkit.wrong;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;
import java.util.function.Supplier;

/** The kit on a {@link JoinTarget}, right or wrong. */
abstract class JoinConformance extends TargetConformanceTest {
    private final Supplier<TargetType<?>> type;

    JoinConformance(Supplier<TargetType<?>> type) {
        this.type = type;
    }

    @Override
    protected TargetType<?> targetType() {
        return type.get();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.device("one", 1024) + " " + bed.device("two", 1536) + " 67";
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        long half = len(bed) / 2;
        return sector < half ? bed.content("one", 67 + sector) : bed.content("two", 67 + sector - half);
    }

    private long len(TestBed bed) {
        return bed.sectors(len());
    }
}
