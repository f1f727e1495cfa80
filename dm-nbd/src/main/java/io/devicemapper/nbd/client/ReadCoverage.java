package io.devicemapper.nbd.client;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which parts of a read have arrived. Chunks come in any order and must not overlap. Almost always they come in ascending
 * order, which costs no memory. Not safe for use by several threads.
 */
final class ReadCoverage {
    /** No server has reason to cut a reply into more islands; a hostile one could make us keep millions. */
    private static final int MAX_ISLANDS = 4096;

    private final long start;
    private long contiguousEnd;

    /** What arrived out of order, behind {@link #contiguousEnd}: begin to end, neither touching nor overlapping. */
    private TreeMap<Long, Long> islands;

    ReadCoverage(long start) {
        this.start = start;
        this.contiguousEnd = start;
    }

    /**
     * Notes a part.
     *
     * @param offset where it begins, not before the read's begin
     * @param length its length, at least 1
     * @return false if it overlaps an earlier one, or the reply is in more pieces than are sensible
     */
    boolean add(long offset, long length) {
        long end = offset + length;
        if (islands == null) {
            if (offset == contiguousEnd) {
                contiguousEnd = end;
                return true;
            }
            islands = new TreeMap<>();
        }
        Map.Entry<Long, Long> before = islands.floorEntry(offset);
        Map.Entry<Long, Long> after = islands.ceilingEntry(offset);
        boolean overlaps = offset < contiguousEnd
                || (before != null && before.getValue() > offset)
                || (after != null && after.getKey() < end);
        if (overlaps || islands.size() >= MAX_ISLANDS) {
            return false;
        }
        if (before != null && before.getValue() == offset) {
            islands.put(before.getKey(), end);
        } else {
            islands.put(offset, end);
        }
        while (!islands.isEmpty() && islands.firstKey() == contiguousEnd) {
            contiguousEnd = islands.pollFirstEntry().getValue();
        }
        return true;
    }

    /** Whether everything from the begin to {@code length} bytes behind it has arrived. */
    boolean covers(long length) {
        return contiguousEnd - start == length;
    }
}
