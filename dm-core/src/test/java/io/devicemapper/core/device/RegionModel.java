package io.devicemapper.core.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.devicemapper.block.Bio;
import io.devicemapper.block.BioFlags;
import io.devicemapper.block.BioOp;
import io.devicemapper.block.BioStatus;
import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.ExtentType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** A range of a device that one thread has for itself, and what must be in it. */
final class RegionModel {
    private final BlockDevice device;
    private final long begin;
    private final int blocks;
    private final int blockSectors;
    private final Random random;
    private final byte[] expected;

    RegionModel(BlockDevice device, long begin, int sectors, Random random) {
        this(device, begin, sectors, random, new byte[sectors * Bio.SECTOR_SIZE]);
    }

    private RegionModel(BlockDevice device, long begin, int sectors, Random random, byte[] expected) {
        this.device = device;
        this.begin = begin;
        this.blockSectors = device.limits().logicalBlockSectors();
        this.blocks = sectors / blockSectors;
        this.random = random;
        this.expected = expected;
    }

    /** The same expectations of another device. */
    RegionModel on(BlockDevice other) {
        return new RegionModel(other, begin, blocks * blockSectors, random, expected);
    }

    void run(int steps) throws Exception {
        for (int i = 0; i < steps; i++) {
            step();
        }
    }

    private void step() throws Exception {
        int first = random.nextInt(blocks);
        int length = 1 + random.nextInt(Math.min(random.nextInt(10) == 0 ? blocks : 40, blocks - first));
        int from = first * blockSectors * Bio.SECTOR_SIZE;
        int to = from + length * blockSectors * Bio.SECTOR_SIZE;
        int dice = random.nextInt(20);
        if (dice < 9) {
            byte[] content = Payloads.randomBytes(random, length * blockSectors);
            ByteBuffer payload = Payloads.ofKind(random.nextInt(Payloads.KINDS), content, true);
            expect(BioOp.WRITE, dice == 0 ? BioFlags.FUA : BioFlags.NONE, first, length, payload);
            System.arraycopy(content, 0, expected, from, content.length);
        } else if (dice < 15) {
            ByteBuffer payload = Payloads.ofKind(random.nextInt(Payloads.KINDS), new byte[to - from], false);
            expect(BioOp.READ, BioFlags.NONE, first, length, payload);
            assertEquals(ByteBuffer.wrap(expected, from, to - from), payload, "block " + first + "+" + length);
        } else if (dice < 19) {
            boolean discard = dice == 15 && device.limits().maxDiscardSectors() > 0;
            int flags = !discard && random.nextBoolean() ? BioFlags.NOUNMAP : BioFlags.NONE;
            expect(discard ? BioOp.DISCARD : BioOp.WRITE_ZEROES, flags, first, length, null);
            Arrays.fill(expected, from, to, (byte) 0);
        } else {
            device.flush();
        }
    }

    private void expect(BioOp op, int flags, int firstBlock, int lengthBlocks, ByteBuffer payload)
            throws InterruptedException {
        long sector = begin + (long) firstBlock * blockSectors;
        long sectors = (long) lengthBlocks * blockSectors;
        assertEquals(
                BioStatus.OK,
                Payloads.submit(device, op, flags, sector, sectors, payload),
                () -> op + " " + sector + "+" + sectors);
    }

    /** Compares all of it, and sees that no extent calls data a hole. */
    void check() throws Exception {
        int sectors = blocks * blockSectors;
        assertArrayEquals(expected, Payloads.read(device, begin, sectors));
        for (Extents.Extent extent : Extents.of(device, begin, sectors)) {
            if (extent.type() != ExtentType.DATA) {
                int from = (int) (extent.sector() - begin) * Bio.SECTOR_SIZE;
                int to = from + (int) extent.sectors() * Bio.SECTOR_SIZE;
                assertArrayEquals(new byte[to - from], Arrays.copyOfRange(expected, from, to), extent::toString);
            }
        }
    }
}
