package io.devicemapper.targets.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioStatus;
import io.devicemapper.testkit.ModelDevice;
import io.devicemapper.testkit.RecordingDevice;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Copies of several pieces, with as many buffers as there is memory for. */
class BlockCopierTest {
    private static final long SECTORS = 3 * 512 + 100;

    private final ModelDevice from = ModelDevice.create("from", 4 * SECTORS);
    private final ModelDevice to = ModelDevice.create("to", 4 * SECTORS);
    private final RecordingDevice watchedFrom = new RecordingDevice(from);
    private final RecordingDevice watchedTo = new RecordingDevice(to);
    private final byte[] content = new byte[(int) SECTORS << Bio.SECTOR_SHIFT];

    /** Makes so many buffers and no more. */
    private static final class Memory implements IntFunction<ByteBuffer> {
        private int left;

        Memory(int buffers) {
            left = buffers;
        }

        @Override
        public ByteBuffer apply(int bytes) {
            if (left == 0) {
                throw new OutOfMemoryError("a test's");
            }
            left--;
            return ByteBuffer.allocate(bytes);
        }
    }

    private final List<BlockCopier.Copy> copies =
            List.of(new BlockCopier.Copy(7, 2 * SECTORS, SECTORS), new BlockCopier.Copy(7, SECTORS + 3, SECTORS - 3));

    private BlockCopier copier(Memory memory) {
        new Random(1).nextBytes(content);
        from.model().write(7, ByteBuffer.wrap(content));
        return new BlockCopier(new Doubts(), memory);
    }

    private void requireCopied() {
        ByteBuffer found = ByteBuffer.allocate(content.length);
        to.model().read(2 * SECTORS, found);
        assertEquals(-1, found.rewind().mismatch(ByteBuffer.wrap(content)));
        ByteBuffer shorter = ByteBuffer.allocate(content.length - 3 * Bio.SECTOR_SIZE);
        to.model().read(SECTORS + 3, shorter);
        assertEquals(-1, shorter.rewind().mismatch(ByteBuffer.wrap(Arrays.copyOf(content, shorter.capacity()))));
    }

    @Test
    void oneBufferIsEnough() {
        for (int buffers = 1; buffers < 6; buffers++) {
            BlockCopier copier = copier(new Memory(buffers));
            for (int round = 0; round < 2; round++) {
                to.model().zero(0, to.sectors());
                assertEquals(Collections.nCopies(2, BioStatus.OK), copier.copy(watchedFrom, watchedTo, copies));
                requireCopied();
            }
        }
    }

    @Test
    void withoutMemoryNothingBeginsAndLaterItGoesOn() {
        Memory memory = new Memory(0);
        BlockCopier copier = copier(memory);
        assertThrows(OutOfMemoryError.class, () -> copier.copy(watchedFrom, watchedTo, copies));
        assertEquals(List.of(), watchedFrom.bios());
        assertEquals(List.of(), watchedTo.bios());
        memory.left = 2;
        assertEquals(Collections.nCopies(2, BioStatus.OK), copier.copy(watchedFrom, watchedTo, copies));
        requireCopied();
    }
}
