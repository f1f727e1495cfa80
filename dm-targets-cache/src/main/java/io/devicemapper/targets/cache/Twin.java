package io.devicemapper.targets.cache;

import io.devicemapper.block.BlockDevice;
import io.devicemapper.block.BlockIoException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The twin of the metadata's generation, in a block of the cache device that is never mapped. When the metadata can no longer be written, the
 * twin is raised: then it is known at the next opening that the metadata is not to be trusted. A twin that is not there, or is another
 * cache's, says that this is not the cache device that the metadata was written with.
 *
 * <pre>
 *  0  u64  magic, "dmcatwin"
 *  8  u32  version, 1
 * 12  u32  CRC-32C of bytes 16 to 39
 * 16       identity of the cache, 16 bytes
 * 32  u64  generation
 * 40       zeroes up to 4096
 * </pre>
 *
 * <p>All numbers are little-endian; all of it lies in one sector, which cannot tear.
 */
final class Twin {
    private static final int BYTES = 4096;
    private static final long MAGIC = 0x6e69_7774_6163_6d64L;
    private static final int VERSION = 1;
    private static final int CRC_FROM = 16;
    private static final int CRC_BYTES = 24;

    private Twin() {}

    /**
     * Writes a twin durably.
     *
     * @param sector where its block begins on the cache device
     * @throws BlockIoException if that failed
     */
    static void write(BlockDevice device, long sector, UUID identity, long generation) throws BlockIoException {
        ByteBuffer twin = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        twin.putLong(0, MAGIC);
        twin.putInt(8, VERSION);
        twin.putLong(16, identity.getMostSignificantBits());
        twin.putLong(24, identity.getLeastSignificantBits());
        twin.putLong(32, generation);
        twin.putInt(12, crc(twin));
        device.write(sector, twin);
        device.flush();
    }

    /**
     * Reads a twin.
     *
     * @return its generation; empty if there is none, or one of another cache
     * @throws BlockIoException if the device could not be read
     */
    static OptionalLong read(BlockDevice device, long sector, UUID identity) throws BlockIoException {
        ByteBuffer twin = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        device.read(sector, twin);
        boolean known = twin.getLong(0) == MAGIC
                && twin.getInt(8) == VERSION
                && twin.getInt(12) == crc(twin)
                && twin.getLong(16) == identity.getMostSignificantBits()
                && twin.getLong(24) == identity.getLeastSignificantBits();
        return known ? OptionalLong.of(twin.getLong(32)) : OptionalLong.empty();
    }

    private static int crc(ByteBuffer twin) {
        CRC32C crc = new CRC32C();
        crc.update(twin.slice(CRC_FROM, CRC_BYTES));
        return (int) crc.getValue();
    }
}
