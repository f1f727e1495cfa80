package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Once it is warm, crypt allocates no more for a bio than linear does, for which the host makes a clone. */
class AllocationTest {
    private static final int BIOS = 20_000;
    private static final int WARM_UPS = 5;

    /** A share of a byte for each bio: what the JVM itself may allocate on the thread meanwhile. */
    private static final double SLACK_BYTES = 4;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private BioStatus last;

    @Test
    void aBioCostsItsCloneAndNothingMore() throws Exception {
        String key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2) + "a1b2c3d4e5f60718293a4b5c6d7e8f90".repeat(2);
        try (DeviceMapper mapper = DeviceMapper.builder().build()) {
            BlockDevice linear = mapper.create("linear", "0 2048 linear ram:a?size=1M 0");
            BlockDevice crypt = mapper.create("crypt", "0 2048 crypt aes-xts-plain64 " + key + " 0 ram:b?size=1M 0");
            for (BioOp op : new BioOp[] {BioOp.WRITE, BioOp.READ}) {
                double plain = bytesForEachBio(linear, op);
                double encrypted = bytesForEachBio(crypt, op);
                System.out.println(op + ": linear " + plain + " bytes, crypt " + encrypted + " bytes for each bio");
                assertTrue(
                        encrypted <= plain + SLACK_BYTES,
                        () -> op + ": linear " + plain + " bytes, crypt " + encrypted + " bytes for each bio");
            }
        }
    }

    private double bytesForEachBio(BlockDevice device, BioOp op) {
        ByteBuffer payload = ByteBuffer.allocate(8 * Bio.SECTOR_SIZE);
        double least = Double.MAX_VALUE;
        for (int round = 0; round < WARM_UPS; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < BIOS; i++) {
                device.submit(Bio.of(op, BioFlags.NONE, 8L * (i & 0xFF), 8, payload, (bio, status) -> last = status));
                assertEquals(BioStatus.OK, last);
            }
            least = Math.min(least, (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) BIOS);
        }
        return least;
    }
}
