package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.CreateRequest;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.DmException;
import java.io.IOException;

/** Two targets side by side on one disk, at odd offsets. */
class MappedDeviceConformanceTest extends BlockDeviceConformanceTest {
    private static final long START = 77;

    @Override
    protected BlockDevice open(DeviceRequest request) throws IOException {
        PowerCutDevice disk = request.disk(request.name(), request.sectors() + 2 * START);
        DeviceMapper deviceMapper = request.closeAfter(DeviceMapper.builder()
                .targetType(new ShiftTarget())
                .device("lower", disk)
                .build());
        long middle = request.sectors() / 3;
        String table = "0 " + middle + " shift lower " + START + "\n" + middle + " " + (request.sectors() - middle)
                + " shift lower " + (START + middle + 1);
        try {
            return deviceMapper.create(
                    CreateRequest.named(request.name()).table(table).readOnly(request.readOnly()));
        } catch (DmException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
