package io.devicemapper.targets.cache.sim;

/** The fields of a line, one after the other. Errors name line and column, both counted from 1. */
final class Fields {
    /** Addresses and lengths stay below, so that sums of two do not overflow. */
    private static final long MAX_NUMBER = (1L << 62) - 1;

    private static final char BLANK = ' ';

    private final String file;
    private final long lineNumber;
    private final String line;
    private final char separator;
    private int position;
    private int start;

    /**
     * The fields of a line.
     *
     * @param separator what parts them; a blank stands for any number of blanks and tabs
     */
    Fields(String file, long lineNumber, String line, char separator) {
        this.file = file;
        this.lineNumber = lineNumber;
        this.line = line;
        this.separator = separator;
        skipBlanks();
    }

    /** Fields parted by blanks. */
    Fields(String file, long lineNumber, String line) {
        this(file, lineNumber, line, BLANK);
    }

    private void skipBlanks() {
        while (position < line.length() && Character.isWhitespace(line.charAt(position))) {
            position++;
        }
    }

    boolean hasNext() {
        return position < line.length();
    }

    /**
     * The next field, without blanks around it.
     *
     * @param expected what it should be, for the error if there is none
     */
    String word(String expected) throws SimException {
        start = position;
        if (!hasNext()) {
            throw error(expected, "the end of the line");
        }
        int end = position;
        while (end < line.length() && !isSeparator(line.charAt(end))) {
            end++;
        }
        position = Math.min(line.length(), end + 1);
        skipBlanks();
        return line.substring(start, end).strip();
    }

    private boolean isSeparator(char c) {
        return separator == BLANK ? Character.isWhitespace(c) : c == separator;
    }

    /** The next field as an unsigned decimal number. */
    long number(String expected) throws SimException {
        String word = word(expected);
        long value = 0;
        for (int i = 0; i < word.length(); i++) {
            int digit = word.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw unexpected(expected, word);
            }
            if (value > (MAX_NUMBER - digit) / 10) {
                throw unexpected(expected + " below 2^62", word);
            }
            value = value * 10 + digit;
        }
        if (word.isEmpty()) {
            throw unexpected(expected, word);
        }
        return value;
    }

    void end() throws SimException {
        if (hasNext()) {
            start = position;
            throw unexpected("the end of the line", line.substring(position));
        }
    }

    /** The field read last is wrong. */
    SimException unexpected(String expected, String found) {
        String shown = found.length() > 40 ? found.substring(0, 40) + "…" : found;
        return error(expected, "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'");
    }

    private SimException error(String expected, String found) {
        return new SimException(
                file + ":" + lineNumber + ":" + (start + 1) + ": expected " + expected + ", found " + found);
    }
}
