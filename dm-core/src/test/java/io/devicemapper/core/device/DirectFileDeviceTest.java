package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Path;

class DirectFileDeviceTest extends FileConformance {
    @Override
    FileDevice open(Path file, FileOptions options) throws IOException {
        try {
            return FileDevice.open(file, options.withDirect(true));
        } catch (IOException e) {
            if (e.getMessage().contains("no direct I/O")) {
                return abort(e.getMessage());
            }
            throw e;
        }
    }

    @Override
    boolean showsHoles() {
        return NativeFile.AVAILABLE;
    }
}
