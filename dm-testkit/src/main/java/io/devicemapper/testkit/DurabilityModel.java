package io.devicemapper.testkit;

import io.devicemapper.block.Bio;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** For each sector, what it may hold after a power cut: the last content known to be durable, and every later one. */
final class DurabilityModel {
    private final Map<Long, List<byte[]>> possible = new TreeMap<>();

    /** A write was submitted: its content may be there from now on. */
    void maybe(long sector, byte[] content) {
        for (int i = 0; i < content.length / Bio.SECTOR_SIZE; i++) {
            possible.computeIfAbsent(sector + i, s -> new ArrayList<>()).add(Content.sector(content, i));
        }
    }

    /** What was written last is durable, and all before it is gone. */
    void durable(long sector, long count) {
        for (long s = sector; s < sector + count; s++) {
            List<byte[]> contents = possible.get(s);
            if (contents != null) {
                contents.subList(0, contents.size() - 1).clear();
            }
        }
    }

    void allDurable() {
        possible.keySet().forEach(sector -> durable(sector, 1));
    }

    /** The sectors that this knows of. */
    List<Long> sectors() {
        return List.copyOf(possible.keySet());
    }

    /** What is there now is one of them; later cuts may lose it again. */
    void check(long sector, byte[] found, String when) {
        List<byte[]> contents = possible.get(sector);
        if (contents != null && contents.stream().noneMatch(c -> Arrays.equals(c, found))) {
            throw new AssertionError("sector " + sector + " of the target, " + when + ": expected "
                    + String.join(
                            " or ", contents.stream().map(Content::describe).toList())
                    + ", found " + Content.describe(found));
        }
    }
}
