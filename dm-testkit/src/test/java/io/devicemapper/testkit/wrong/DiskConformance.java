package io.devicemapper.testkit.wrong;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.testkit.BlockDeviceConformanceTest;
import io.devicemapper.testkit.DeviceRequest;
import java.util.function.Function;

/** The kit on a {@link PlainDisk}, right or wrong. */
abstract class DiskConformance extends BlockDeviceConformanceTest {
    private final Function<DeviceRequest, BlockDevice> maker;

    DiskConformance(Function<DeviceRequest, BlockDevice> maker) {
        this.maker = maker;
    }

    @Override
    protected BlockDevice open(DeviceRequest request) {
        return maker.apply(request);
    }
}
