package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.QueueLimits;
import java.util.Objects;

/** A device over a {@link DeviceModel} that can be written to, and never waits. */
abstract class PlainDevice extends BlockDevice {
    private final String name;
    private final DeviceModel model;
    private final QueueLimits limits;

    PlainDevice(String name, DeviceModel model, QueueLimits limits) {
        this.name = Objects.requireNonNull(name, "name");
        this.model = Objects.requireNonNull(model, "model");
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final long sectors() {
        return model.sectors();
    }

    @Override
    public final QueueLimits limits() {
        return limits;
    }

    @Override
    public final boolean isReadOnly() {
        return false;
    }

    @Override
    public final boolean mayWait() {
        return false;
    }
}
