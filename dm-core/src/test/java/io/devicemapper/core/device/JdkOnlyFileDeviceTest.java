package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** File devices as they are where JNA or Linux is missing. */
class JdkOnlyFileDeviceTest extends FileConformance {
    private final FileLocks locks = new FileLocks(false);

    @Override
    FileDevice open(Path file, FileOptions options) throws IOException {
        return FileDevice.open(file.toString(), file, options, locks, false);
    }

    @Override
    boolean showsHoles() {
        return false;
    }

    @Test
    void claimsNothingThatItCannotDo() throws Exception {
        BlockDevice device = device(1 << 20);
        assertEquals(0, device.limits().maxDiscardSectors());
        assertFalse(device.limits().fastZeroes());
        assertEquals(List.of(new Extents.Extent(0, 2048, ExtentType.DATA)), Extents.of(device, 0, 2048));
    }

    @Test
    void aClassPathWithoutJnaWillDo(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("disk"), new byte[4096]);
        try (OtherProcess other = OtherProcess.openingWithoutJna(file)) {
            assertEquals("open", other.answer());
        }
    }
}
