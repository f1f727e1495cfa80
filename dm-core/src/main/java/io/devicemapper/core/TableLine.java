package io.devicemapper.core;

/**
 * One line of a table before its target is made.
 *
 * @param number the line's number in the text, from 1
 * @param begin first sector
 * @param len length in sectors
 * @param type the target type's name
 * @param args the characters after the name, not yet split; characters, so that a key in them can be wiped
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; an array, since its content is wiped
record TableLine(int number, long begin, long len, String type, char[] args) {
    /** The target type that fails every bio. */
    static final String ERROR_TARGET = "error";

    /** The one line of a table that fails every bio. */
    static TableLine ofErrors(long sectors) {
        return new TableLine(1, 0, sectors, ERROR_TARGET, new char[0]);
    }
}
