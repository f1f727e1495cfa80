package io.devicemapper.targets.crypt;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.Behavior;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;
import java.util.Set;

/**
 * With units of 4096 bytes, two keys, and without discards. In XTS, as the kit tears writes at sectors of 512 bytes: other modes lose the whole unit by that, see
 * {@link TornUnitTest}.
 */
class LargeUnitConformanceTest extends TargetConformanceTest {
    @Override
    protected TargetType<?> targetType() {
        return new CryptTarget();
    }

    @Override
    protected String args(TestBed bed) {
        return "aes:2-xts-plain64 " + CryptConformanceTest.KEY.repeat(2) + " 16 " + bed.device("lower", 2048)
                + " 72 2 sector_size:4096 iv_large_sectors";
    }

    @Override
    protected Set<Behavior> lacks() {
        return Set.of(Behavior.WRITE_ZEROES, Behavior.DISCARDS, Behavior.TABLE_ROUND_TRIP, Behavior.STRICT_ARGUMENTS);
    }
}
