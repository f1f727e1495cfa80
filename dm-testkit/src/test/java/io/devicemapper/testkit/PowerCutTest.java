package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BlockIoException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** When the power goes, what counts towards that moment, and that it goes for all devices at once. */
class PowerCutTest {
    private static final byte[] ZEROES = new byte[Bio.SECTOR_SIZE];

    @Test
    void theCutComesBeforeAFlushWhereFlushesCount() throws BlockIoException {
        boolean lost = false;
        for (long seed = 0; seed < 20; seed++) {
            PowerCut power = new PowerCut(seed);
            PowerCutDevice disk = PowerCutDevice.create("disk", 8, power);
            power.afterOperations(1);
            disk.write(0, sector(1));
            assertThrows(BlockIoException.class, disk::flush);
            assertTrue(power.isCut());
            lost |= Arrays.equals(ZEROES, disk.durable().sector(0));
        }
        assertTrue(lost, "what the flush would have made durable can be lost");
    }

    @Test
    void flushesAreOperationsAndNotWrites() throws BlockIoException {
        PowerCut power = new PowerCut(1);
        PowerCutDevice disk = PowerCutDevice.create("disk", 8, power);
        disk.write(0, sector(1));
        disk.flush();
        disk.writeZeroes(1, 1);
        disk.discard(2, 1);
        disk.read(0, ByteBuffer.allocate(Bio.SECTOR_SIZE));
        assertEquals(3, power.writes());
        assertEquals(4, power.operations());
        power.after(1);
        disk.flush();
        disk.write(0, sector(2));
        disk.flush();
        assertThrows(BlockIoException.class, () -> disk.write(0, sector(3)));
        assertArrayEquals(sector(2).array(), disk.durable().sector(0));
    }

    @Test
    void allDevicesAreCutAtOneInstant() throws BlockIoException {
        PowerCut power = new PowerCut(1);
        PowerCutDevice first = PowerCutDevice.create("first", 8, power);
        PowerCutDevice second = PowerCutDevice.create("second", 8, power);
        power.afterOperations(2);
        first.write(0, sector(1));
        first.flush();
        assertThrows(BlockIoException.class, () -> second.write(0, sector(1)));
        assertThrows(BlockIoException.class, () -> first.read(0, ByteBuffer.allocate(Bio.SECTOR_SIZE)));
        power.restore();
        second.write(0, sector(2));
        second.flush();
        assertFalse(power.isCut());
        assertArrayEquals(sector(1).array(), first.durable().sector(0));
        assertArrayEquals(sector(2).array(), second.durable().sector(0));
    }

    private static ByteBuffer sector(int value) {
        byte[] content = new byte[Bio.SECTOR_SIZE];
        Arrays.fill(content, (byte) value);
        return ByteBuffer.wrap(content);
    }
}
