package io.devicemapper.targets.crypt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.core.DeviceMapper;
import io.devicemapper.core.MappedDevice;
import io.devicemapper.core.device.RamDevice;
import io.devicemapper.testkit.SectorPattern;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A unit of which a part alone was written below is garbage when it is read, and its neighbours are what they were. */
class TornUnitTest {
    private static final int SECTORS = 64;
    private static final int UNIT_SECTORS = 8;
    private static final int TORN_UNIT = 3;

    static List<String> ciphers() {
        return List.of(
                "aes-xts-plain64 " + "c3".repeat(32) + "3c".repeat(32),
                "aes-cbc-essiv:sha256 " + "c3".repeat(32),
                "aes-cbc-elephant " + "c3".repeat(32),
                "xchacha12,aes-adiantum-plain64 " + "c3".repeat(32));
    }

    @ParameterizedTest
    @MethodSource("ciphers")
    void aTornUnitHarmsNoOther(String cipher) throws Exception {
        RamDevice disk = RamDevice.create("disk", (long) SECTORS * Bio.SECTOR_SIZE);
        try (DeviceMapper mapper = DeviceMapper.builder().device("disk", disk).build()) {
            MappedDevice device =
                    mapper.create("torn", "0 " + SECTORS + " crypt " + cipher + " 0 disk 0 1 sector_size:4096");
            ByteBuffer before = SectorPattern.golden().sectors(0, SECTORS, 'a');
            device.write(0, before);
            ByteBuffer half = ByteBuffer.allocate(UNIT_SECTORS / 2 * Bio.SECTOR_SIZE);
            half.putInt(0, TORN_UNIT);
            disk.write(TORN_UNIT * UNIT_SECTORS, half);
            ByteBuffer found = ByteBuffer.allocate(SECTORS * Bio.SECTOR_SIZE);
            device.read(0, found);
            int unitBytes = UNIT_SECTORS * Bio.SECTOR_SIZE;
            for (int unit = 0; unit < SECTORS / UNIT_SECTORS; unit++) {
                ByteBuffer expected = before.slice(unit * unitBytes, unitBytes);
                ByteBuffer seen = found.slice(unit * unitBytes, unitBytes);
                if (unit == TORN_UNIT) {
                    assertNotEquals(expected, seen);
                } else {
                    assertEquals(expected, seen, "unit " + unit);
                }
            }
        }
    }
}
