package io.devicemapper.targets.linear;

import io.devicemapper.target.TargetType;
import io.devicemapper.testkit.TargetConformanceTest;
import io.devicemapper.testkit.TestBed;

/** Three stripes in chunks of an odd length, so that no shift or mask does for a division. */
class StripedConformanceTest extends TargetConformanceTest {
    private static final int STRIPES = 3;
    private static final int CHUNK_SECTORS = 7;

    @Override
    protected TargetType<?> targetType() {
        return new StripedTarget();
    }

    @Override
    protected String args(TestBed bed) {
        StringBuilder args = new StringBuilder(STRIPES + " " + CHUNK_SECTORS);
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            args.append(' ')
                    .append(bed.device("disk" + stripe, 512))
                    .append(' ')
                    .append(start(stripe));
        }
        return args.toString();
    }

    private static int start(int stripe) {
        return 13 * stripe + 5;
    }

    @Override
    protected byte[] expectedRead(TestBed bed, long sector) {
        // One chunk after the other is dealt out, as cards are.
        long chunk = sector / CHUNK_SECTORS;
        int stripe = (int) (chunk % STRIPES);
        return bed.content("disk" + stripe, start(stripe) + chunk / STRIPES * CHUNK_SECTORS + sector % CHUNK_SECTORS);
    }

    @Override
    protected long len() {
        return 47L * STRIPES * CHUNK_SECTORS;
    }
}
