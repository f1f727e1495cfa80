package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** Sectors that tell where they come from, and words for those that are in the wrong place. */
final class Content {
    /** Marks what lower devices hold at first. */
    static final char LOWER = 'z';

    /** Marks what the kit writes. */
    static final char WRITTEN = 'a';

    private static final int SEED_DIGITS = 8;
    private static final int SHOWN_BYTES = 16;

    private Content() {}

    /**
     * What one write of the kit stores.
     *
     * @param write a number of its own for each write
     * @param sector the first sector that is written to
     * @param sectors how many
     */
    static byte[] ofWrite(int write, long sector, int sectors) {
        return new SectorPattern(write).sectors(sector, sectors, WRITTEN).array();
    }

    /** One sector of several. */
    static byte[] sector(byte[] content, int index) {
        return Arrays.copyOfRange(content, index * Bio.SECTOR_SIZE, (index + 1) * Bio.SECTOR_SIZE);
    }

    /** Whether all bytes are zero. */
    static boolean isZeroes(byte[] content) {
        for (byte b : content) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Compares one sector.
     *
     * @param what where the found content comes from, for the message
     * @throws AssertionError if it differs
     */
    static void assertSame(byte[] expected, byte[] found, String what) {
        if (!Arrays.equals(expected, found)) {
            throw new AssertionError(what + ": expected " + describe(expected) + ", found " + describe(found));
        }
    }

    /** A sector's content in a few words. */
    static String describe(byte[] content) {
        if (isZeroes(content)) {
            return "zeroes";
        }
        try {
            int seed = Integer.parseUnsignedInt(new String(content, 0, SEED_DIGITS, StandardCharsets.ISO_8859_1), 16);
            Optional<SectorPattern.Mark> mark = new SectorPattern(seed).identify(ByteBuffer.wrap(content), 0);
            if (mark.isPresent()) {
                return mark.get().generation() == WRITTEN
                        ? "sector " + mark.get().sector() + " of write " + seed
                        : "what the lower device held at first in its sector "
                                + mark.get().sector();
            }
        } catch (NumberFormatException notOfThePattern) {
            // Described by its first bytes, like all else that is not known.
        }
        return "0x" + HexFormat.of().formatHex(content, 0, SHOWN_BYTES) + "...";
    }
}
