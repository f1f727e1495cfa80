package io.devicemapper.core.device;

import java.io.IOException;
import java.nio.file.Path;

class BufferedFileDeviceTest extends FileConformance {
    @Override
    FileDevice open(Path file, FileOptions options) throws IOException {
        return FileDevice.open(file, options);
    }

    @Override
    boolean showsHoles() {
        return NativeFile.AVAILABLE;
    }
}
