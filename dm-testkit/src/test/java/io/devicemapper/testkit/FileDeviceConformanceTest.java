package io.devicemapper.testkit;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.device.FileDevice;
import io.devicemapper.core.device.FileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Files through the page cache. */
class FileDeviceConformanceTest extends BlockDeviceConformanceTest {
    @Override
    protected BlockDevice open(DeviceRequest request) throws IOException {
        return open(request.folder().resolve(request.name()), request, false);
    }

    static BlockDevice open(Path file, DeviceRequest request, boolean direct) throws IOException {
        FileOptions options = FileOptions.DEFAULT.withDirect(direct);
        return FileDevice.open(
                file, request.readOnly() ? options.withReadOnly(true) : options.withSizeBytes(request.sectors() * 512));
    }

    /** Discards need Linux, and a file system that can free space inside a file. */
    @Override
    protected Set<Behavior> lacks() {
        Set<Behavior> lacks = EnumSet.noneOf(Behavior.class);
        if (!CAN_DISCARD) {
            lacks.add(Behavior.DISCARDS);
        }
        return lacks;
    }

    private static final boolean CAN_DISCARD = canDiscard();

    private static boolean canDiscard() {
        try {
            Path file = Files.createTempFile("dm", null);
            Files.write(file, new byte[1 << 16]);
            try (BlockDevice device = FileDevice.open(file, FileOptions.DEFAULT)) {
                return device.limits().maxDiscardSectors() > 0;
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
