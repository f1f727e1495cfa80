package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.util.Objects;

/**
 * A device with other limits than the one that it wraps: larger blocks, say, or no discard. Bios that do not respect them are refused.
 * Safe for use by several threads.
 */
public final class LimitsDevice extends ForwardingDevice {
    private final QueueLimits limits;

    /**
     * A device with these limits.
     *
     * @param lower carries out the bios; closed with this device
     * @param limits no looser than those of {@code lower}
     */
    public LimitsDevice(BlockDevice lower, QueueLimits limits) {
        super(lower);
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    @Override
    public QueueLimits limits() {
        return limits;
    }

    @Override
    protected void process(Bio bio) {
        if (accept(bio)) {
            forward(bio, (forwarded, status) -> bio.endIo(status));
        }
    }
}
