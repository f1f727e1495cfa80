package ${package};

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** What every target must do. */
class ${className}Test extends TargetConformanceTest {
    private static final long START = 35;

    @Override
    protected TargetType<?> targetType() {
        return new ${className}();
    }

    @Override
    protected String args(TestBed bed) {
        return bed.device("lower", START + len()) + " " + START;
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        return bed.content("lower", START + sector);
    }
}
