package io.devicemapper.core.device;

import io.devicemapper.block.BlockDevice;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** {@link DeviceConformance} for files, opened in one way or another. */
abstract class FileConformance extends DeviceConformance {
    @TempDir
    Path folder;

    private int files;

    /** Opens the file in the way that is tested. */
    abstract FileDevice open(Path file, FileOptions options) throws IOException;

    @Override
    final BlockDevice make(long bytes) throws IOException {
        files++;
        return open(lastFile(), FileOptions.DEFAULT.withSizeBytes(bytes));
    }

    @Override
    final BlockDevice makeReadOnlyView() throws IOException {
        return open(lastFile(), FileOptions.DEFAULT.withReadOnly(true));
    }

    final Path lastFile() {
        return folder.resolve("disk" + files + ".img");
    }
}
