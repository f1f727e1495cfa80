package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.util.Set;

/**
 * What every block device must do, whatever it is made of. The author of a device extends this class, says how to open it, and inherits a test for each rule:
 *
 * <pre>{@code
 * class SparseFileDeviceTest extends BlockDeviceConformanceTest {
 *     @Override protected BlockDevice open(DeviceRequest request) throws IOException {
 *         return SparseFileDevice.open(request.folder().resolve(request.name()), request.sectors(), request.readOnly());
 *     }
 *     @Override protected Set<Behavior> lacks() { return Set.of(Behavior.DISCARDS); }
 * }
 * }</pre>
 *
 * <p>Each test's name begins with the number of its rule, which docs/conformance.md explains; many of them are rules for targets, too. A rule about a behaviour
 * that the device {@linkplain #lacks lacks} is skipped, and another one checks that it fails as agreed.
 *
 * <p>Each rule gets devices of its own, and after it no bio, thread or open device may be left. A failure tells its seed; {@code -Ddm.testkit.seed=SEED} repeats
 * it. Rules need no order and may run in parallel.
 */
public abstract class BlockDeviceConformanceTest
        implements DeviceShapeRules,
                StorageRules,
                PayloadRules,
                RefusalRules,
                FlushRules,
                RangeRules,
                ExtentRules,
                ConcurrencyRules,
                DeviceThreadRules,
                OpeningRules,
                OperationLackRules,
                DeviceLackRules {
    private static final long DEFAULT_SECTORS = 8 * 253;

    /** For subclasses. */
    protected BlockDeviceConformanceTest() {}

    /**
     * Opens a device. The same name means the same device as long as the rule runs, opened once more; a name that comes for the first time means a new device,
     * unless it is asked for reading only.
     *
     * @param request which device, of what size
     * @throws IOException if it cannot be opened
     */
    protected abstract BlockDevice open(DeviceRequest request) throws IOException;

    /**
     * What this device does not do; by default it does all. Of {@link Behavior} these are about devices: READS, WRITES, STORES_WRITES, FUA, DISCARDS,
     * WRITE_ZEROES, FLUSHES, LARGE_DEVICES, REOPENS, OPENS_READ_ONLY.
     */
    protected Set<Behavior> lacks() {
        return Set.of();
    }

    /**
     * How large the devices usually are, in sectors: a multiple of their logical block, best without large powers of two in it. By default 2024. Small numbers
     * make fast tests.
     */
    protected long sectors() {
        return DEFAULT_SECTORS;
    }
}
