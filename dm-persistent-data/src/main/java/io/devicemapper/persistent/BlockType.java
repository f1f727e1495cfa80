package io.devicemapper.persistent;

import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * A kind of metadata block: the kernel's block validator. The first four bytes of every block are the CRC-32C of the others, without
 * the final inversion, combined by exclusive or with a salt that tells the kinds apart; the block's own number is in it too, so that a
 * block that was written to the wrong place, or not at all, is found out.
 */
public final class BlockType {
    /** Bytes in a metadata block. */
    public static final int BLOCK_BYTES = 4096;

    /** Sectors of 512 bytes in a metadata block. */
    static final int BLOCK_SECTORS = BLOCK_BYTES / 512;

    static final BlockType NODE = new BlockType("B-tree node", 121107, 8);
    static final BlockType ARRAY = new BlockType("array block", 595846735, 16);
    static final BlockType BITMAP = new BlockType("space map bitmap", 240779, 8);
    static final BlockType INDEX = new BlockType("space map index", 160478, 8);

    private static final int CHECKSUM_BYTES = 4;

    private final String name;
    private final int salt;
    private final int numberOffset;

    private BlockType(String name, int salt, int numberOffset) {
        this.name = Objects.requireNonNull(name, "name");
        this.salt = salt;
        this.numberOffset = numberOffset;
    }

    static BlockType superblock(String format, int salt) {
        return new BlockType(format + " superblock", salt, 8);
    }

    /** What messages call it. */
    String description() {
        return name;
    }

    /** Makes a block ready to be written: stores its number and its checksum. */
    void stamp(byte[] bytes, long number) {
        LittleEndian.putLong(bytes, numberOffset, number);
        LittleEndian.putInt(bytes, 0, checksum(bytes));
    }

    /** Whether the checksum in a block fits its content. */
    boolean checksumMatches(byte[] bytes) {
        return LittleEndian.getInt(bytes, 0) == checksum(bytes);
    }

    /** Whether checksum and number of a block are right. */
    boolean isRight(byte[] bytes, long number) {
        return checksumMatches(bytes) && LittleEndian.getLong(bytes, numberOffset) == number;
    }

    /** Refuses a block whose checksum or number is wrong. */
    void verify(String device, byte[] bytes, long number) throws MetadataException {
        if (!checksumMatches(bytes)) {
            throw corrupt(
                    device,
                    number,
                    "checksum should be 0x" + Integer.toHexString(checksum(bytes)) + ", is 0x"
                            + Integer.toHexString(LittleEndian.getInt(bytes, 0)));
        }
        long found = LittleEndian.getLong(bytes, numberOffset);
        if (found != number) {
            throw corrupt(device, number, "says that it is block " + Long.toUnsignedString(found));
        }
    }

    MetadataException corrupt(String device, long number, String what) {
        return new MetadataException(
                MetadataException.Reason.CORRUPT,
                device + ": block " + Long.toUnsignedString(number) + " (" + name + "): " + what);
    }

    private int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, CHECKSUM_BYTES, BLOCK_BYTES - CHECKSUM_BYTES);
        return ~(int) crc.getValue() ^ salt;
    }

    @Override
    public String toString() {
        return name;
    }
}
