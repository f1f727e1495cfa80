package io.devicemapper.persistent;

import static io.devicemapper.persistent.BlockType.BLOCK_BYTES;

import java.util.Arrays;

/**
 * Block 0 and its spare copy, which lies right behind the last block that the space map counts, where there is room. The spare is always
 * written and flushed first, so while block 0 is being written the spare says the same; it is looked at only where block 0's
 * checksum is wrong.
 */
final class Superblocks {
    private final BlockIo io;
    private final SuperblockFormat format;
    private final BlockType type;

    Superblocks(BlockIo io, SuperblockFormat format) {
        this.io = io;
        this.format = format;
        this.type = BlockType.superblock(format.name(), format.checksumSalt());
    }

    /** Block 0, if its checksum is right, whatever else it holds. */
    byte[] readFirst() throws MetadataException {
        byte[] bytes = io.readRaw(0, type.description());
        if (isBlank(bytes)) {
            throw new MetadataException(
                    MetadataException.Reason.WRONG_FORMAT,
                    io.name() + ": block 0 is all zeroes: there is no " + format.name() + " metadata yet");
        }
        if (LittleEndian.getLong(bytes, SuperblockFormat.MAGIC_OFFSET) != format.magic()
                && !type.checksumMatches(bytes)) {
            throw new MetadataException(
                    MetadataException.Reason.WRONG_FORMAT,
                    io.name() + ": no " + format.name() + " metadata: the magic number in block 0 should be 0x"
                            + Long.toHexString(format.magic()) + ", is 0x"
                            + Long.toHexString(LittleEndian.getLong(bytes, SuperblockFormat.MAGIC_OFFSET))
                            + ", and its checksum is wrong");
        }
        type.verify(io.name(), bytes, 0);
        check(bytes);
        return bytes;
    }

    /** Whether block 0 could not be read, or its checksum is wrong: the one case in which the spare counts. */
    boolean isDamaged() {
        byte[] bytes;
        try {
            bytes = io.readRaw(0, type.description());
        } catch (MetadataException e) {
            return true;
        }
        return !isBlank(bytes) && !type.checksumMatches(bytes);
    }

    /** The spare copy, or null if there is none that is whole. */
    byte[] readSpare() throws MetadataException {
        long place = sparePlaceAtFormat(io.deviceBlocks());
        if (place < 1 || place >= io.deviceBlocks()) {
            return null;
        }
        byte[] bytes = io.readRaw(place, "spare " + type.description());
        if (!type.checksumMatches(bytes)
                || LittleEndian.getLong(bytes, SuperblockFormat.MAGIC_OFFSET) != format.magic()
                || spaceMapRoot(bytes).blocks() != place) {
            return null;
        }
        check(bytes);
        return bytes;
    }

    static boolean isBlank(byte[] bytes) {
        return Arrays.equals(bytes, new byte[BLOCK_BYTES]);
    }

    /** Where the spare is on a device of that many blocks: all blocks before it are the space map's. */
    static long sparePlaceAtFormat(long deviceBlocks) {
        return Math.min(deviceBlocks - 1, MetadataSpaceMap.MAX_BLOCKS);
    }

    private void check(byte[] bytes) throws MetadataException {
        long magic = LittleEndian.getLong(bytes, SuperblockFormat.MAGIC_OFFSET);
        if (magic != format.magic()) {
            throw new MetadataException(
                    MetadataException.Reason.WRONG_FORMAT,
                    io.name() + ": no " + format.name() + " metadata: the magic number should be 0x"
                            + Long.toHexString(format.magic()) + ", is 0x" + Long.toHexString(magic));
        }
        int version = LittleEndian.getInt(bytes, SuperblockFormat.VERSION_OFFSET);
        if (Integer.compareUnsigned(version, format.minVersion()) < 0
                || Integer.compareUnsigned(version, format.maxVersion()) > 0) {
            throw new MetadataException(
                    MetadataException.Reason.UNSUPPORTED,
                    io.name() + ": " + format.name() + " metadata version " + Integer.toUnsignedString(version)
                            + " found, but only versions between " + format.minVersion() + " and "
                            + format.maxVersion() + " supported");
        }
    }

    SpaceMapRoot spaceMapRoot(byte[] bytes) {
        return SpaceMapRoot.read(bytes, format.spaceMapRootOffset());
    }

    /** See {@link SuperblockFormat#seal}. */
    void seal(byte[] bytes, byte[] replaced) {
        format.seal(bytes, replaced);
    }

    /** Writes the spare; it is durable after the next flush. */
    void writeSpare(byte[] bytes) throws MetadataException {
        type.stamp(bytes, 0);
        long place = spaceMapRoot(bytes).blocks();
        if (place < io.deviceBlocks()) {
            io.write(place, bytes, "spare " + type.description());
        }
    }

    /** Writes block 0 and flushes. What it refers to, and the spare, must be durable already. */
    void writeFirst(byte[] bytes) throws MetadataException {
        type.stamp(bytes, 0);
        io.write(0, bytes, type.description());
        io.flush();
    }
}
