package io.devicemapper.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.target.StatusType;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jars of the example target, as they were built once and for all: what was compiled against an older dm-api goes on working. Each release adds its jar, and none
 * is ever built anew.
 */
class OldPluginsTest {
    @TempDir
    Path folder;

    static List<Path> jars() throws Exception {
        Path resources = Path.of(OldPluginsTest.class.getResource("/plugins").toURI());
        try (Stream<Path> files = Files.list(resources)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("jars")
    void aJarOfAPastReleaseStillWorks(Path jar) throws Exception {
        Files.copy(jar, folder.resolve(jar.getFileName()));
        RamDevice lower = RamDevice.create("lower", 4096L * Bio.SECTOR_SIZE);
        try (DeviceMapper dm = DeviceMapper.builder()
                .serviceLoader(false)
                .device("lower", lower)
                .plugins(folder)
                .build()) {
            assertEquals(List.of(), dm.refusedProviders());
            MappedDevice disk = dm.create("disk", "0 1000 rate lower 35 1000000000");
            byte[] written = new byte[16 * Bio.SECTOR_SIZE];
            new Random(35).nextBytes(written);
            disk.write(984, ByteBuffer.wrap(written));
            disk.flush();
            assertArrayEquals(written, read(lower, 35 + 984, written.length));

            dm.suspend("disk");
            dm.resume("disk");
            assertEquals("", dm.message("disk", 0, "limit 2000000000"));
            TargetView target = disk.liveTable().orElseThrow().targets().get(0);
            assertEquals("lower 35 2000000000", target.status(StatusType.TABLE));
            assertEquals("0 1 0", target.status(StatusType.INFO));

            dm.load("disk", "0 1000 rate " + target.status(StatusType.TABLE));
            dm.resume("disk");
            assertArrayEquals(written, read(disk, 984, written.length));

            disk.discard(984, 16);
            String refusal = assertThrows(DmException.class, () -> dm.load("disk", "0 1000 rate lower 35 fast"))
                    .getMessage();
            assertEquals(
                    "disk: table line 1: rate: Invalid limit (argument 3 <limit>: expected a decimal number from 1 to "
                            + (1L << 50) + ", found 'fast')",
                    refusal);
            dm.remove("disk");
        }
    }

    private static byte[] read(BlockDevice device, long sector, int bytes) throws Exception {
        ByteBuffer payload = ByteBuffer.allocate(bytes);
        device.read(sector, payload);
        return payload.array();
    }
}
