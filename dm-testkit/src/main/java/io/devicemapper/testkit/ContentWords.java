package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import io.devicemapper.testkit.SectorPattern.Mark;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Describes what sectors hold in a few words, such as {@code zero*58 0+32:a other*7}, so that a failed comparison of two devices can be
 * read.
 *
 * <table>
 * <caption>The words</caption>
 * <tr><td>{@code zero*N}</td><td>N sectors of zeroes</td></tr>
 * <tr><td>{@code S+N:G}</td><td>N sectors that hold the {@link SectorPattern} of sectors S, S+1, ..., of generation G</td></tr>
 * <tr><td>{@code other*N}</td><td>N sectors of anything else</td></tr>
 * </table>
 */
public final class ContentWords {
    private static final String ZERO = "zero";
    private static final String OTHER = "other";

    private final SectorPattern pattern;
    private final StringJoiner words = new StringJoiner(" ");
    private String kind = "";
    private Mark first;
    private long length;

    private ContentWords(SectorPattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Describes a buffer's content from position to limit, which stay where they are.
     *
     * @param content a multiple of 512 bytes long
     * @param pattern what to recognise
     * @return the words, separated by blanks; empty for an empty buffer
     */
    public static String of(ByteBuffer content, SectorPattern pattern) {
        if (content.remaining() % Bio.SECTOR_SIZE != 0) {
            throw new IllegalArgumentException(content.remaining() + " bytes: not a multiple of " + Bio.SECTOR_SIZE);
        }
        ContentWords words = new ContentWords(pattern);
        for (int at = content.position(); at < content.limit(); at += Bio.SECTOR_SIZE) {
            words.add(content, at);
        }
        words.endRun();
        return words.words.toString();
    }

    private void add(ByteBuffer content, int at) {
        Optional<Mark> mark = pattern.identify(content, at);
        if (mark.isPresent()) {
            if (!continuesPattern(mark.get())) {
                endRun();
                kind = "";
                first = mark.get();
            }
        } else {
            String found = isZero(content, at) ? ZERO : OTHER;
            if (first != null || !kind.equals(found)) {
                endRun();
                kind = found;
                first = null;
            }
        }
        length++;
    }

    private boolean continuesPattern(Mark mark) {
        return first != null && first.generation() == mark.generation() && first.sector() + length == mark.sector();
    }

    private void endRun() {
        if (length > 0) {
            words.add(first == null ? kind + "*" + length : first.sector() + "+" + length + ":" + first.generation());
        }
        length = 0;
    }

    private static boolean isZero(ByteBuffer content, int at) {
        for (int i = at; i < at + Bio.SECTOR_SIZE; i++) {
            if (content.get(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
