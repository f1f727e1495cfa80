package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Content for sectors that says which sector it is, so that a misplaced one tells where it comes from. It is readable text: a sector
 * is 16 lines of 32 bytes, line {@code k} being
 *
 * <pre>{@code
 * String.format("%08x:%016x:%02x:T%c\n", seed, sector, k, generation)
 * }</pre>
 *
 * <p>The generation, a letter, tells several writes of the same sector apart: {@code a} for the first. Immutable.
 */
public final class SectorPattern {
    /** The seed of the records that were taken from a kernel. */
    public static final int GOLDEN_SEED = 1;

    private static final int LINE_BYTES = 32;
    private static final int LINES = Bio.SECTOR_SIZE / LINE_BYTES;
    private static final byte[] LINE = "00000000:0000000000000000:00:T?\n".getBytes(StandardCharsets.US_ASCII);
    private static final int SEED_AT = 0;
    private static final int SEED_DIGITS = 8;
    private static final int SECTOR_AT = 9;
    private static final int SECTOR_DIGITS = 16;
    private static final int LINE_NUMBER_AT = 26;
    private static final int LINE_NUMBER_DIGITS = 2;
    private static final int GENERATION_AT = 30;

    private final int seed;

    /**
     * A pattern of its own.
     *
     * @param seed any number; different seeds tell different runs, or devices, apart
     */
    public SectorPattern(int seed) {
        this.seed = seed;
    }

    /** The pattern of the records that were taken from a kernel. */
    public static SectorPattern golden() {
        return new SectorPattern(GOLDEN_SEED);
    }

    /**
     * What a sector holds when it was recognised.
     *
     * @param sector the number that was written into it
     * @param generation the letter that was written into it
     */
    public record Mark(long sector, char generation) {
        /** As {@code 12:a}. */
        @Override
        public String toString() {
            return sector + ":" + generation;
        }
    }

    /**
     * The content of some sectors.
     *
     * @param firstSector number of the first one
     * @param count how many, at most 2^22 - 1
     * @param generation an ASCII letter
     * @return a new heap buffer, from position to limit
     */
    public ByteBuffer sectors(long firstSector, int count, char generation) {
        ByteBuffer content = ByteBuffer.allocate(Math.multiplyExact(count, Bio.SECTOR_SIZE));
        fill(content, firstSector, generation);
        return content;
    }

    /**
     * Fills a buffer from position to limit, which stay where they are.
     *
     * @param dst a multiple of 512 bytes long
     * @param firstSector number of the sector at its position
     * @param generation an ASCII letter
     */
    public void fill(ByteBuffer dst, long firstSector, char generation) {
        if (dst.remaining() % Bio.SECTOR_SIZE != 0) {
            throw new IllegalArgumentException(dst.remaining() + " bytes: not a multiple of " + Bio.SECTOR_SIZE);
        }
        byte[] content = new byte[Bio.SECTOR_SIZE];
        long sector = firstSector;
        for (int at = dst.position(); at < dst.limit(); at += Bio.SECTOR_SIZE) {
            fill(content, sector++, generation);
            dst.put(at, content);
        }
    }

    private void fill(byte[] content, long sector, char generation) {
        System.arraycopy(LINE, 0, content, 0, LINE_BYTES);
        putHex(content, SEED_AT, SEED_DIGITS, seed);
        putHex(content, SECTOR_AT, SECTOR_DIGITS, sector);
        content[GENERATION_AT] = (byte) generation;
        for (int line = 1; line < LINES; line++) {
            System.arraycopy(content, 0, content, line * LINE_BYTES, LINE_BYTES);
            putHex(content, line * LINE_BYTES + LINE_NUMBER_AT, LINE_NUMBER_DIGITS, line);
        }
    }

    private static void putHex(byte[] content, int at, int digits, long value) {
        long rest = value;
        for (int i = digits - 1; i >= 0; i--) {
            content[at + i] = (byte) Character.forDigit((int) (rest & 0xF), 16);
            rest >>>= 4;
        }
    }

    /**
     * Recognises a sector.
     *
     * @param content the buffer it stands in; position and limit are not looked at
     * @param at index of its first byte
     * @return what it was written as; empty unless all 512 bytes are this pattern's
     */
    public Optional<Mark> identify(ByteBuffer content, int at) {
        byte[] found = new byte[Bio.SECTOR_SIZE];
        content.get(at, found);
        long sector = 0;
        for (int i = 0; i < SECTOR_DIGITS; i++) {
            sector = sector << 4 | Math.max(0, Character.digit(found[SECTOR_AT + i], 16));
        }
        char generation = (char) (found[GENERATION_AT] & 0xFF);
        byte[] expected = new byte[Bio.SECTOR_SIZE];
        fill(expected, sector, generation);
        return Arrays.equals(found, expected) ? Optional.of(new Mark(sector, generation)) : Optional.empty();
    }
}
