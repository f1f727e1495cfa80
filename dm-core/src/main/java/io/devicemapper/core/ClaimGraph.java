package io.devicemapper.core;

import io.devicemapper.target.TargetException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which mapped devices have tables, live or inactive, that use which others. Keeps cycles out. Safe for use by several threads. */
final class ClaimGraph {
    private final Map<MappedDevice, Map<MappedDevice, Integer>> lowersOf = new HashMap<>();
    private final Map<MappedDevice, Map<MappedDevice, Integer>> holdersOf = new HashMap<>();

    /**
     * Notes that a table of {@code holder} uses {@code lower}.
     *
     * @throws TargetException if {@code lower} is {@code holder}, or uses it by way of others
     */
    synchronized void claim(MappedDevice holder, MappedDevice lower) throws TargetException {
        List<String> way = new ArrayList<>();
        if (reaches(lower, holder, way)) {
            throw new TargetException("cycle: " + holder.name() + " -> " + String.join(" -> ", way));
        }
        count(lowersOf, holder, lower, 1);
        count(holdersOf, lower, holder, 1);
    }

    synchronized void release(MappedDevice holder, MappedDevice lower) {
        count(lowersOf, holder, lower, -1);
        count(holdersOf, lower, holder, -1);
    }

    private static void count(
            Map<MappedDevice, Map<MappedDevice, Integer>> edges, MappedDevice from, MappedDevice to, int delta) {
        Map<MappedDevice, Integer> counts = edges.computeIfAbsent(from, d -> new HashMap<>());
        counts.merge(to, delta, Integer::sum);
        counts.remove(to, 0);
        edges.remove(from, Map.of());
    }

    /** The mapped devices with a table that uses this one, by name. */
    synchronized List<MappedDevice> holdersOf(MappedDevice lower) {
        return sorted(holdersOf, lower);
    }

    /** The mapped devices that the tables of this one use, by name. */
    synchronized List<MappedDevice> lowersOf(MappedDevice holder) {
        return sorted(lowersOf, holder);
    }

    private static List<MappedDevice> sorted(Map<MappedDevice, Map<MappedDevice, Integer>> edges, MappedDevice from) {
        return edges.getOrDefault(from, Map.of()).keySet().stream()
                .sorted(Comparator.comparing(MappedDevice::name))
                .toList();
    }

    /** Whether one device is another or uses it, by way of any number of others; if so, {@code way} holds the names passed. */
    private boolean reaches(MappedDevice from, MappedDevice to, List<String> way) {
        way.add(from.name());
        if (from == to) {
            return true;
        }
        for (MappedDevice next : lowersOf.getOrDefault(from, Map.of()).keySet()) {
            if (reaches(next, to, way)) {
                return true;
            }
        }
        way.remove(way.size() - 1);
        return false;
    }
}
