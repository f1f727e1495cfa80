package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assumptions.abort;

import io.devicemapper.block.BlockDevice;
import java.io.IOException;

/** Files past the page cache. */
class DirectFileDeviceConformanceTest extends FileDeviceConformanceTest {
    @Override
    protected BlockDevice open(DeviceRequest request) throws IOException {
        try {
            return open(request.folder().resolve(request.name()), request, true);
        } catch (IOException e) {
            if (e.getMessage().contains("no direct I/O")) {
                return abort(e.getMessage());
            }
            throw e;
        }
    }
}
