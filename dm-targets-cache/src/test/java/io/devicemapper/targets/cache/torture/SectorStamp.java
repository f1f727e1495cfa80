package io.devicemapper.targets.cache.torture;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;

/**
 * What a write stores in a sector: 64 longs that say which write it was and which sector was meant, and of which none is right by accident. Write 0 stands
 * for zeroes.
 */
final class SectorStamp {
    /** Neither zeroes nor one whole write's content for this sector. */
    static final long UNKNOWN = -1;

    private static final int LONGS = Bio.SECTOR_SIZE / Long.BYTES;

    private SectorStamp() {}

    /**
     * The payload of a write.
     *
     * @param write its number, at least 1
     */
    static ByteBuffer payload(long write, long firstSector, int sectors) {
        ByteBuffer payload = ByteBuffer.allocate(sectors * Bio.SECTOR_SIZE);
        for (int i = 0; i < sectors; i++) {
            for (int k = 0; k < LONGS; k++) {
                payload.putLong(word(write, firstSector + i, k));
            }
        }
        return payload.flip();
    }

    /** The number of the write whose content for this sector stands there. */
    static long identify(ByteBuffer content, int at, long sector) {
        long write = content.getLong(at);
        for (int k = 1; k < LONGS; k++) {
            if (content.getLong(at + k * Long.BYTES) != (write == 0 ? 0 : word(write, sector, k))) {
                return UNKNOWN;
            }
        }
        return write < 0 ? UNKNOWN : write;
    }

    private static long word(long write, long sector, int index) {
        return index == 0 ? write : (write * 0x9E3779B97F4A7C15L ^ sector * 0xC2B2AE3D27D4EB4FL) + index;
    }
}
