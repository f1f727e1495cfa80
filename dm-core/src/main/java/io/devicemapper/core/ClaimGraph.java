package io.devicemapper.core;

import io.devicemapper.target.TargetException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
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
        // Nothing leads to a device that nobody uses, such as a new one: no need to look through a deep stack below.
        List<String> way = lower == holder || holdersOf.containsKey(holder) ? way(lower, holder) : List.of();
        if (!way.isEmpty()) {
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

    /**
     * The names of the devices on the way from one down to another, both included; empty if there is no such way. Looks at each device once, and
     * keeps no stack: stacks may be deep, and may have very many ways through them.
     */
    private List<String> way(MappedDevice from, MappedDevice to) {
        Map<MappedDevice, MappedDevice> cameFrom = new HashMap<>();
        Deque<MappedDevice> toVisit = new ArrayDeque<>();
        cameFrom.put(from, null);
        toVisit.add(from);
        while (!toVisit.isEmpty() && !cameFrom.containsKey(to)) {
            MappedDevice next = toVisit.remove();
            for (MappedDevice lower : lowersOf.getOrDefault(next, Map.of()).keySet()) {
                if (!cameFrom.containsKey(lower)) {
                    cameFrom.put(lower, next);
                    toVisit.add(lower);
                }
            }
        }
        Deque<String> way = new ArrayDeque<>();
        for (MappedDevice at = cameFrom.containsKey(to) ? to : null; at != null; at = cameFrom.get(at)) {
            way.addFirst(at.name());
        }
        return List.copyOf(way);
    }
}
