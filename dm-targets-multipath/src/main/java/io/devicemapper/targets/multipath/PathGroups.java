package io.devicemapper.targets.multipath;

import java.util.List;

/**
 * The groups of a target, which of them is in use, and which paths work. Groups are sticky: the current one stays in use as long as it
 * has a path.
 *
 * <p>Safe for use by several threads. Changes happen under this object's monitor; {@link #choose} takes it only where the group changes.
 */
final class PathGroups {
    private final List<PathGroup> groups;
    private volatile PathGroup current;
    private volatile PathGroup requested;

    /** The kernel's QUEUE_IO: set until a group has been chosen. It queues nothing where there is no hardware handler. */
    private volatile boolean unused = true;

    private volatile int activePaths;

    /**
     * Groups whose paths all work.
     *
     * @param groups in the order of their numbers, the best first
     * @param requested the one to begin with, or null
     */
    PathGroups(List<PathGroup> groups, PathGroup requested) {
        this.groups = List.copyOf(groups);
        this.requested = requested;
        this.activePaths =
                groups.stream().mapToInt(group -> group.paths().size()).sum();
    }

    List<PathGroup> all() {
        return groups;
    }

    List<GroupPath> paths() {
        return groups.stream().flatMap(group -> group.paths().stream()).toList();
    }

    boolean hasActivePath() {
        return activePaths > 0;
    }

    /**
     * The path for a bio.
     *
     * @return null if no path works
     */
    GroupPath choose(long bytes) {
        PathGroup group = current;
        if (group != null && requested == null) {
            GroupPath path = group.choose(bytes);
            if (path != null) {
                return path;
            }
        }
        return chooseGroup(bytes);
    }

    private synchronized GroupPath chooseGroup(long bytes) {
        if (activePaths == 0) {
            unused = false;
            current = null;
            return null;
        }
        PathGroup wanted = requested;
        requested = null;
        GroupPath path = chooseIn(wanted, bytes);
        if (path == null) {
            path = chooseIn(current, bytes);
        }
        for (int round = 0; round < 2 && path == null; round++) {
            boolean bypassed = round == 1;
            for (int i = 0; i < groups.size() && path == null; i++) {
                path = groups.get(i).isBypassed() == bypassed ? chooseIn(groups.get(i), bytes) : null;
            }
        }
        if (path == null) {
            current = null;
        }
        return path;
    }

    private GroupPath chooseIn(PathGroup group, long bytes) {
        GroupPath path = group == null ? null : group.choose(bytes);
        if (path != null && current != group) {
            current = group;
            unused = false;
        }
        return path;
    }

    /** Notes that a path does not work. Returns whether it did before. */
    synchronized boolean fail(GroupPath path) {
        if (!path.isActive()) {
            return false;
        }
        path.group().selection().failed(path.number());
        path.setFailed();
        activePaths = activePaths - 1;
        return true;
    }

    /** Notes that a path works. Returns whether it did not before. */
    synchronized boolean reinstate(GroupPath path) {
        if (path.isActive()) {
            return false;
        }
        path.group().selection().reinstated(path.number());
        path.setActive();
        activePaths = activePaths + 1;
        return true;
    }

    /** Uses a group from the next bio on, and no group is bypassed any more. */
    synchronized void switchTo(PathGroup group) {
        groups.forEach(each -> each.bypass(false));
        current = null;
        requested = group;
    }

    synchronized void bypass(PathGroup group, boolean whether) {
        group.bypass(whether);
        current = null;
    }

    /**
     * Goes back to the best group that works and is not bypassed, from the next bio on.
     *
     * @return whether that is another one than the current one
     */
    synchronized boolean failBack() {
        PathGroup inUse = requested != null ? requested : current;
        for (PathGroup group : groups) {
            if (group == inUse) {
                return false;
            }
            if (inUse != null && !group.isBypassed() && group.hasActivePath()) {
                current = null;
                requested = group;
                return true;
            }
        }
        return false;
    }

    /** {@code <#groups> <group> …} of a table line. */
    synchronized String table() {
        StringBuilder line = new StringBuilder();
        appendNumbers(line);
        groups.forEach(group -> group.appendTable(line));
        return line.toString();
    }

    /** A status line. */
    synchronized String info() {
        StringBuilder line = new StringBuilder("2 ").append(unused ? '1' : '0').append(" 0 0 ");
        appendNumbers(line);
        PathGroup inUse = current;
        groups.forEach(group -> group.appendInfo(line, group == inUse));
        return line.toString();
    }

    private void appendNumbers(StringBuilder line) {
        PathGroup next = requested != null ? requested : current;
        int number = next != null ? next.number() : groups.isEmpty() ? 0 : 1;
        line.append(groups.size()).append(' ').append(number).append(' ');
    }
}
