package io.devicemapper.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockIoException;
import io.devicemapper.block.QueueLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LimitsDeviceTest {
    private final MemoryDevice memory = new MemoryDevice(64);

    @Test
    void largerBlocksAreEnforced() throws IOException {
        QueueLimits limits = QueueLimits.builder().logicalBlockSize(4096).build();
        LimitsDevice disk = new LimitsDevice(memory, limits);
        assertEquals(limits, disk.limits());
        SectorPattern pattern = SectorPattern.golden();
        disk.write(8, pattern.sectors(8, 8, 'a'));
        assertEquals(
                BioStatus.IO,
                assertThrows(BlockIoException.class, () -> disk.write(4, pattern.sectors(4, 8, 'b')))
                        .status());
        ByteBuffer content = ByteBuffer.allocate(64 * 512);
        memory.read(0, content);
        assertEquals("zero*8 8+8:a zero*48", ContentWords.of(content, pattern));
    }
}
