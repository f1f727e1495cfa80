package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.target.StatusType;
import io.devicemapper.testkit.LimitsDevice;
import io.devicemapper.testkit.ModelDevice;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Zeroes over much of a large device need neither memory nor many bios, and nothing of what was cached there is read again. */
@Timeout(120)
class LargeZeroesTest {
    /** 4 GiB and a bit: more than a buffer can have. */
    private static final long ORIGIN_SECTORS = (4L << 30 >> Bio.SECTOR_SHIFT) + 24;

    private static final long CACHE_BLOCKS = 16;
    private static final int CACHED = 4;

    private final ModelDevice origin = ModelDevice.create("origin", ORIGIN_SECTORS);

    /** A cache whose device writes zeroes by itself, or only so few that it has to be sent them. */
    private DeviceMapper deviceMapper(int blockSectors, boolean writesBlocksOfZeroes) {
        BlockDevice cache = ModelDevice.create("cache", CACHE_BLOCKS * blockSectors);
        if (!writesBlocksOfZeroes) {
            cache = new LimitsDevice(
                    cache,
                    cache.limits().toBuilder()
                            .maxWriteZeroesSectors(blockSectors / 2)
                            .build());
        }
        return DeviceMapper.builder()
                .device("metadata", ModelDevice.create("metadata", 8192))
                .device("cache", cache)
                .device("origin", origin)
                .build();
    }

    private static ByteBuffer sector(int value) {
        return Rig.sectorOf(value);
    }

    private static int read(BlockDevice device, long sector) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(Bio.SECTOR_SIZE);
        device.read(sector, buffer);
        return buffer.get(0);
    }

    private static int residents(MappedDevice device) {
        String used = device.liveTable()
                .orElseThrow()
                .targets()
                .get(0)
                .status(StatusType.INFO)
                .split(" ", -1)[3];
        return Integer.parseInt(used.substring(0, used.indexOf('/')));
    }

    @ParameterizedTest
    @CsvSource({"64, true", "64, false", "8192, true", "8192, false"})
    void allOfADeviceBecomesZeroes(int blockSectors, boolean writesBlocksOfZeroes) throws Exception {
        try (DeviceMapper deviceMapper = deviceMapper(blockSectors, writesBlocksOfZeroes)) {
            MappedDevice device = deviceMapper.create(
                    "ca",
                    "0 " + ORIGIN_SECTORS + " cache metadata cache origin " + blockSectors + " 1 writethrough lru 0");
            long step = ORIGIN_SECTORS / CACHED / blockSectors * blockSectors;
            for (int i = 0; i < CACHED; i++) {
                device.write(i * step, sector(i + 1));
            }
            Rig.await(() -> residents(device) > 0);
            long zeroes = ORIGIN_SECTORS - 3;
            writeZeroes(device, 1, zeroes);
            assertEquals(1, read(device, 0), "the first sector is none of them");
            for (int i = 1; i < CACHED; i++) {
                assertEquals(0, read(device, i * step));
            }
            assertTrue(origin.model().written(1, zeroes).isEmpty(), "zeroes take no room on a sparse origin");
        }
    }

    /** Larger than what is sent as a buffer of zeroes: where the cache device has to be sent them, the block leaves. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mostOfABlockBecomesZeroes(boolean writesBlocksOfZeroes) throws Exception {
        int blockSectors = 8192;
        try (DeviceMapper deviceMapper = deviceMapper(blockSectors, writesBlocksOfZeroes)) {
            MappedDevice device = deviceMapper.create(
                    "ca",
                    "0 " + ORIGIN_SECTORS + " cache metadata cache origin " + blockSectors + " 1 writethrough lru 0");
            device.write(0, sector(1));
            device.write(1, sector(2));
            Rig.await(() -> residents(device) == 1);
            writeZeroes(device, 1, blockSectors - 2);
            assertEquals(1, read(device, 0));
            assertEquals(0, read(device, 1));
            device.write(1, sector(3));
            assertEquals(3, read(device, 1));
            assertEquals(3, origin.model().sector(1)[0]);
        }
    }

    private static void writeZeroes(BlockDevice device, long sector, long sectors) throws Exception {
        CompletableFuture<BioStatus> ended = new CompletableFuture<>();
        device.submit(Bio.of(BioOp.WRITE_ZEROES, 0, sector, sectors, null, (bio, status) -> ended.complete(status)));
        assertEquals(BioStatus.OK, ended.get(60, TimeUnit.SECONDS));
    }
}
