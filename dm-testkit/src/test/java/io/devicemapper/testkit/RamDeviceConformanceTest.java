package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockDeviceProvider;
import io.devicemapper.core.device.RamDeviceProvider;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;

class RamDeviceConformanceTest extends BlockDeviceConformanceTest {
    private record Context(Path directory, boolean readOnly) implements BlockDeviceProvider.OpenContext {}

    private RamDeviceProvider provider;

    @BeforeEach
    void makeProvider() {
        provider = new RamDeviceProvider();
    }

    /** A RAM disk lives as long as its provider. */
    @Override
    protected BlockDevice open(DeviceRequest request) throws IOException {
        return provider.open(
                "ram:" + request.name() + "?size=" + request.sectors() * 512,
                new Context(request.folder(), request.readOnly()));
    }
}
